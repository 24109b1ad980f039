export const RUN_TABS = ["log", "results", "resources", "details"] as const;
export type RunTab = (typeof RUN_TABS)[number];
