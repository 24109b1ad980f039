/** The shapes of the API under the names that the dashboard uses; generated from its OpenAPI document. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type ServiceView = Schemas["ServiceView"];
export type Status = ServiceView["status"];
export type Health = ServiceView["health"];
export type ServiceDetail = Schemas["ServiceDetail"];
export type ActionResult = Schemas["ActionResult"];
export type SystemStats = Schemas["SystemStats"];
export type SystemProcess = Schemas["ProcessView"];
export type PortEntry = Schemas["PortView"];
export type PortState = Schemas["PortLook"];
export type Fault = Schemas["FaultView"];
export type Configuration = Schemas["ConfigView"];
export type Event = Schemas["EventView"];
export type Check = Schemas["Check"];
export type Problem = Schemas["Problem"];
