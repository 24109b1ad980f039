import { expect, test, vi } from "vitest";
import { PartMissing } from "./api/client";
import { part } from "./parts";

test("A part is not asked for before the daemon answers, whatever it says", async () => {
  vi.useFakeTimers();
  const away = () => Promise.reject(new TypeError("Failed to fetch"));
  const health = vi.fn<typeof fetch>(away);
  vi.stubGlobal("fetch", health);
  const load = vi.fn(async () => "the part");
  const loaded = part(load);
  await vi.advanceTimersByTimeAsync(3_500);
  expect(health.mock.calls.map(([request]) => new URL((request as Request).url).pathname)).toEqual(
    Array(4).fill("/health"),
  );
  expect(load).not.toHaveBeenCalled();
  health.mockResolvedValue(new Response(null, { status: 503 }));
  await vi.advanceTimersByTimeAsync(1_000);
  await expect(loaded).resolves.toBe("the part");
  expect(load).toHaveBeenCalledTimes(1);
  vi.useRealTimers();
});

test("A part that does not come from a daemon that is there is said to be missing, and why", async () => {
  vi.stubGlobal("fetch", async () => new Response());
  const reason = new TypeError("Failed to fetch dynamically imported module");
  const missing = await part(() => Promise.reject(reason)).catch((error: unknown) => error);
  expect(missing).toBeInstanceOf(PartMissing);
  expect(missing).toHaveProperty("cause", reason);
});
