/** Under which names the history has what a service uses. */

export const cpuOf = (id: string) => `service:${id}:cpu`;
export const memoryOf = (id: string) => `service:${id}:memory`;
