import { describe, expect, it } from "vitest";
import { type Entry, ranked, SHOWN } from "./entries";

const entry = (id: string, rest: Partial<Entry> = {}): Entry => ({
  id,
  title: id,
  kind: "Place",
  Icon: () => null,
  run: () => undefined,
  ...rest,
});
const ids = (entries: Entry[], typed: string, recent: string[] = []) =>
  ranked(entries, typed, recent).map((one) => one.entry.id);

describe("ranked", () => {
  const places = ["Overview", "Services", "Runs", "System"].map((id) => entry(id));

  it("gives what was used last first while nothing is typed, and the rest in its order", () => {
    expect(ids(places, "", ["System", "Runs"])).toEqual(["System", "Runs", "Overview", "Services"]);
  });

  it("keeps only what fits", () => {
    expect(ids(places, "sy")).toEqual(["System"]);
  });

  it("lets what was used win among those that fit alike, and not over a better fit", () => {
    const starts = [entry("Start Alpha"), entry("Start Amber")];
    expect(ids(starts, "start a", ["Start Amber"])[0]).toBe("Start Amber");
    expect(ids([entry("Stop Clock"), entry("Snapshot of it")], "stop", ["Snapshot of it"])[0]).toBe(
      "Stop Clock",
    );
  });

  it("finds by other words too, behind those that have them in the title", () => {
    const entries = [entry("Theme: dark", { also: "night colours" }), entry("Night watch")];
    expect(ids(entries, "night")).toEqual(["Night watch", "Theme: dark"]);
  });

  it("marks only letters of the title", () => {
    expect(ranked([entry("Log of Clock", { also: "demo" })], "log demo", [])[0]?.at).toEqual([0, 1, 2]);
  });

  it("shows what the daemon found though its title lacks the word", () => {
    expect(ids([entry("notes.md", { found: true }), ...places], "bread")).toEqual(["notes.md"]);
  });

  it("shows no more than people read", () => {
    expect(
      ids(
        Array.from({ length: 500 }, (_, index) => entry(`Run ${index}`)),
        "run",
      ),
    ).toHaveLength(SHOWN);
  });
});
