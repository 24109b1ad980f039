import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeSocket } from "@/test/FakeSocket";
import { LiveSocket, retryDelay, type SocketState } from "./socket";

const last = () => FakeSocket.made.at(-1) as FakeSocket;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeSocket);
  FakeSocket.made = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function opened(silence?: number) {
  const states: SocketState[] = [];
  const onMessage = vi.fn();
  const socket = new LiveSocket({
    url: () => "ws://x/",
    onMessage,
    onState: (state) => states.push(state),
    ...(silence ? { silence } : {}),
  });
  socket.open();
  last().accept();
  return { socket, states, onMessage };
}

describe("LiveSocket", () => {
  it("comes back after a loss and says since when it was lost and when it tries", () => {
    const { socket } = opened();
    const lostAt = Date.now();
    last().close();
    expect(socket.state.phase).toBe("waiting");
    expect(socket.state.lostAt).toBe(lostAt);
    expect(socket.state.retryAt).toBeGreaterThan(lostAt);
    vi.advanceTimersByTime(600);
    expect(socket.state.phase).toBe("connecting");
    last().accept();
    expect(socket.state).toEqual({ phase: "open", lostAt: null, retryAt: null });
  });

  it("keeps the time of the first loss over failed tries", () => {
    const { socket } = opened();
    const lostAt = Date.now();
    last().close();
    vi.advanceTimersByTime(600);
    last().close();
    expect(socket.state.lostAt).toBe(lostAt);
  });

  it("takes a ticking stream that fell silent for lost", () => {
    const { socket } = opened(5_000);
    vi.advanceTimersByTime(4_000);
    last().onmessage?.({ data: "{}" });
    vi.advanceTimersByTime(4_000);
    expect(socket.state.phase).toBe("open");
    vi.advanceTimersByTime(1_100);
    expect(socket.state.phase).toBe("waiting");
  });

  it("does not come back once closed by us", () => {
    const { socket } = opened();
    socket.close();
    vi.advanceTimersByTime(60_000);
    expect(FakeSocket.made).toHaveLength(1);
    expect(socket.state.phase).toBe("closed");
  });

  it("says when there is nothing to send on", () => {
    const { socket } = opened();
    expect(socket.send({ op: "x" })).toBe(true);
    expect(last().sent).toEqual(['{"op":"x"}']);
    last().close();
    expect(socket.send({ op: "x" })).toBe(false);
  });
});

it("tries soon at first, and every five seconds at most", () => {
  expect([0, 1, 2, 9].map((attempt) => retryDelay(attempt, 0.5))).toEqual([400, 800, 1_600, 5_000]);
});
