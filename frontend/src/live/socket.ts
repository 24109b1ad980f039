/**
 * A WebSocket that comes back: after a loss it tries again, soon at first and every five seconds at most, and says
 * when. A stream that should tick but has fallen silent counts as lost.
 */

export type Phase = "connecting" | "open" | "waiting" | "closed";

export interface SocketState {
  phase: Phase;
  /** When the connection was lost, epoch milliseconds; null while it has never been, or is open. */
  lostAt: number | null;
  /** When the next try is due; null unless `phase` is "waiting". */
  retryAt: number | null;
}

export interface SocketOptions {
  /** Read anew at each try, so that a stream can be resumed. */
  url: () => string;
  onMessage: (data: string) => void;
  onOpen?: () => void;
  onState?: (state: SocketState) => void;
  /** Milliseconds without a message after which a ticking stream counts as lost. */
  silence?: number;
}

const FIRST_RETRY = 400;
const LONGEST_RETRY = 5_000;
const OPENING = 10_000;

/** How long to wait before try number `attempt` (0 is the first after a loss), in milliseconds, with ±20 % jitter. */
export function retryDelay(attempt: number, random: number = Math.random()): number {
  return Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** attempt) * (0.8 + 0.4 * random);
}

export class LiveSocket {
  state: SocketState = { phase: "closed", lostAt: null, retryAt: null };
  private socket: WebSocket | null = null;
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: SocketOptions) {}

  open(): void {
    if (this.state.phase === "connecting" || this.state.phase === "open") return;
    clearTimeout(this.timer);
    this.tell({ phase: "connecting", lostAt: this.state.lostAt, retryAt: null });
    const socket = new WebSocket(this.options.url());
    this.socket = socket;
    socket.onopen = () => this.opened();
    socket.onmessage = (message) => this.received(String(message.data));
    socket.onclose = () => this.lost(socket);
    this.timer = setTimeout(() => this.drop(), OPENING);
  }

  close(): void {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.attempt = 0;
    this.tell({ phase: "closed", lostAt: null, retryAt: null });
  }

  /** False when there is no connection to send on. */
  send(message: unknown): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  private opened(): void {
    this.attempt = 0;
    this.listen();
    this.tell({ phase: "open", lostAt: null, retryAt: null });
    this.options.onOpen?.();
  }

  private received(data: string): void {
    this.listen();
    this.options.onMessage(data);
  }

  private listen(): void {
    clearTimeout(this.timer);
    if (this.options.silence) this.timer = setTimeout(() => this.drop(), this.options.silence);
  }

  /** Gives up on a socket that neither opens nor speaks, without waiting for its close to be answered. */
  private drop(): void {
    const socket = this.socket;
    if (!socket) return;
    socket.onclose = null;
    socket.onmessage = null;
    socket.close();
    this.lost(socket);
  }

  private lost(socket: WebSocket): void {
    if (socket !== this.socket) return;
    clearTimeout(this.timer);
    this.socket = null;
    const delay = retryDelay(this.attempt);
    this.attempt += 1;
    this.tell({ phase: "waiting", lostAt: this.state.lostAt ?? Date.now(), retryAt: Date.now() + delay });
    this.timer = setTimeout(() => this.open(), delay);
  }

  private tell(state: SocketState): void {
    this.state = state;
    this.options.onState?.(state);
  }
}

/** The address of a socket of the daemon that served this page. */
export function socketUrl(path: string): string {
  const url = new URL(path, window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
