import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FakeSocket } from "@/test/FakeSocket";
import { rawText } from "./buffer";
import { LogFeed } from "./feed";

let feed: LogFeed;
let socket: FakeSocket;

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.made = [];
  vi.stubGlobal("WebSocket", FakeSocket);
  feed = new LogFeed("run:run_1");
  feed.open();
  socket = FakeSocket.to("/api/logs/ws");
  socket.accept();
});

afterEach(() => {
  feed.close();
  vi.useRealTimers();
});

function tell(start: number, text: string, behind = 0): void {
  socket.tell({
    type: "block",
    log: "run:run_1",
    start,
    end: start + text.length,
    text,
    at: null,
    times: [],
    behind,
  });
  vi.advanceTimersByTime(100);
}

const asked = () => socket.sent.map((text) => JSON.parse(text));
const shown = () => feed.buffer.lines.map(rawText);

it("goes to the end at once where a log runs away from it, and passes what was on its way", () => {
  tell(0, "one\n");
  tell(4, "two\n", 9_000_000);
  expect(asked().slice(1)).toEqual([
    { op: "unfollow", log: "run:run_1" },
    { op: "follow", log: "run:run_1", lines: 1000 },
  ]);
  tell(8, "three\n", 8_999_994);
  tell(9_000_004, "last\n");
  expect(shown()).toEqual(["last"]);
  expect(feed.buffer.complete).toBe(false);
});

it("stays where somebody reads, and keeps up with what it can", () => {
  tell(0, "one\n");
  tell(4, "two\n", 7_000_000);
  feed.hold(true);
  tell(8, "three\n", 9_000_000);
  expect(shown()).toEqual(["one", "two", "three"]);
  expect(asked()).toHaveLength(1);
});
