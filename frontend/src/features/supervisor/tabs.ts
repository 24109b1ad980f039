export const SERVICE_TABS = ["logs", "health", "resources", "configuration", "events"] as const;
export type ServiceTab = (typeof SERVICE_TABS)[number];
