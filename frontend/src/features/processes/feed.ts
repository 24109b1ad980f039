/** One followed log: its socket, its window of lines, and what a viewer may ask of it. */
import type { LogMessage, LogRequest } from "@/api/messages";
import { LiveSocket, type SocketState, socketUrl } from "@/live/socket";
import { LogBuffer, type Wording } from "./buffer";

const FIRST_LINES = 1_000;
const PAGE_LINES = 1_000;
/** Blocks are taken in together, so that a flood draws twenty times a second and not a thousand. */
const FLUSH = 50;
/** Bytes that a page may be behind a log: more than it keeps in memory is not worth reading on the way to the end. */
const FAR = 8_000_000;

export class LogFeed {
  readonly buffer: LogBuffer;
  refused: string | null = null;
  loadingOlder = false;
  link: SocketState = { phase: "closed", lostAt: null, retryAt: null };
  revision = 0;

  private queue: LogMessage[] = [];
  /** What ends before this offset was on its way when the page went to the end. */
  private passed = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly listeners = new Set<() => void>();
  private readonly socket: LiveSocket;

  constructor(
    readonly log: string,
    wording?: Wording,
  ) {
    this.buffer = new LogBuffer(undefined, undefined, wording);
    this.socket = new LiveSocket({
      url: () => socketUrl("/api/logs/ws"),
      onOpen: () => {
        this.passed = 0;
        this.follow();
      },
      onMessage: (data) => this.received(JSON.parse(data) as LogMessage),
      onState: (state) => {
        this.link = state;
        this.loadingOlder = false;
        this.tell();
      },
    });
  }

  open(): void {
    this.socket.open();
  }

  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.socket.close();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Asks for the page before the window, once at a time. */
  older(): void {
    const { start, complete } = this.buffer;
    if (this.loadingOlder || complete || start === null) return;
    this.loadingOlder = this.send({ op: "page", log: this.log, before: start, lines: PAGE_LINES });
    this.tell();
  }

  hold(held: boolean): void {
    this.buffer.hold(held);
    this.tell();
  }

  /** Back to the live end. A window that lost it starts anew from the last lines. */
  toEnd(): void {
    this.buffer.hold(false);
    if (this.buffer.detached) this.anew();
    this.tell();
  }

  /** From the last lines; those before are pages of the past then. */
  private anew(): void {
    this.buffer.reset();
    this.send({ op: "unfollow", log: this.log });
    this.follow();
  }

  private follow(): void {
    const { end, detached } = this.buffer;
    if (end === null) this.send({ op: "follow", log: this.log, lines: FIRST_LINES });
    else if (detached) this.send({ op: "follow", log: this.log, lines: 1 });
    else this.send({ op: "follow", log: this.log, from: end });
  }

  private send(request: LogRequest): boolean {
    return this.socket.send(request);
  }

  private received(message: LogMessage): void {
    if (message.log !== this.log) return;
    this.queue.push(message);
    this.timer ??= setTimeout(() => this.flush(), FLUSH);
  }

  private flush(): void {
    this.timer = undefined;
    const messages = this.queue;
    this.queue = [];
    for (const message of messages) this.take(message);
    this.tell();
  }

  private take(message: LogMessage): void {
    this.refused = message.type === "refused" ? message.detail : null;
    if (message.type === "block" && message.end >= this.passed) this.read(message);
    if (message.type === "gap") this.buffer.gap(message.start, message.end);
    if (message.type === "page") this.buffer.prepend(message);
    if (message.type === "page" || message.type === "refused") this.loadingOlder = false;
  }

  private read(block: LogMessage & { type: "block" }): void {
    this.passed = 0;
    if (block.behind < FAR || this.buffer.isHeld) {
      this.buffer.append(block);
      return;
    }
    this.passed = block.end + block.behind;
    this.anew();
  }

  private tell(): void {
    this.revision += 1;
    for (const listener of this.listeners) listener();
  }
}
