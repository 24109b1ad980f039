/** What people begin with when they have nothing to paste. */

export const EXAMPLES = [
  {
    name: "A script",
    what: "runs again when it fails",
    text: `my-script:
  command: ["\${center:python}", main.py]
  cwd: ~/my-script
`,
  },
  {
    name: "A web tool",
    what: "with its port and a health check",
    text: `my-tool:
  name: My tool
  command: [python, -m, http.server, "8600", --bind, 127.0.0.1]
  port: 8600
  health: {http: "http://127.0.0.1:8600/", interval: 10s}
`,
  },
  {
    name: "Two that belong together",
    what: "the second waits until the first is healthy",
    text: `my-store:
  command: [redis-server, --port, "6379"]
  port: 6379

my-worker:
  command: [python, worker.py]
  depends_on: {my-store: {condition: healthy}}
`,
  },
] as const;
