/** A WebSocket whose other end is the test. */
export class FakeSocket {
  static made: FakeSocket[] = [];
  static readonly OPEN = 1;
  readyState = 0;
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  sent: string[] = [];

  constructor(readonly url: string) {
    FakeSocket.made.push(this);
  }

  /** The newest socket to a path. */
  static to(path: string): FakeSocket {
    const found = FakeSocket.made.findLast((socket) => socket.url.includes(path));
    if (!found) throw new Error(`nobody opened ${path}`);
    return found;
  }

  accept(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  tell(message: unknown): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.readyState = 3;
    this.onclose?.();
  }
}
