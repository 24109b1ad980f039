/** The shapes of the API under the names that the dashboard uses; generated from its OpenAPI document. */
import type { components } from "./schema";

type Schemas = components["schemas"];

/** A service as it arrives. */
export type ServiceRow = Schemas["ServiceView"];
/** What of it changes only when something happens. Its numbers of each tick are on the board (`live/board.ts`). */
export type ServiceView = Omit<ServiceRow, "cpu_percent" | "memory_bytes" | "uptime_seconds">;
export type Dependency = Schemas["Need"];
export type Condition = Dependency["condition"];
export type Ladder = Schemas["LadderView"];
export type Rung = Schemas["Rung"];
export type LastStop = Schemas["LastStop"];
export type HealthReport = Schemas["HealthReport"];
export type HealthCheck = Schemas["HealthCheckView"];
export type Probe = Schemas["Probed"];
export type ServicePort = Schemas["ServicePort"];
export type PortHolder = ServicePort["owners"][number];
export type Status = ServiceView["status"];
export type Health = ServiceView["health"];
export type ServiceDetail = Schemas["ServiceDetail"];
export type ActionResult = Schemas["ActionResult"];
export type SystemStats = Schemas["SystemStats"];
export type Chart = Schemas["ChartView"];
export type Drive = Schemas["DriveView"];
export type Interface = Schemas["InterfaceView"];
export type Gpu = Schemas["GpuView"];
export type SystemProcess = Schemas["ProcessView"];
export type PortEntry = Schemas["PortView"];
export type PortState = Schemas["PortLook"];
export type Fault = Schemas["FaultView"];
export type EditFault = Schemas["EditFault"];
export type EditResult = Schemas["EditResult"];
export type Plan = Schemas["PlanView"];
export type Block = Schemas["DefinitionView"];
export type LimitInForce = Schemas["LimitInForce"];
export type Configuration = Schemas["ConfigView"];
export type Event = Schemas["EventView"];
export type Check = Schemas["Check"];
export type Module = Schemas["ModuleView"];
export type ModuleFault = Schemas["ModuleFaultView"];
export type Parameter = Schemas["ParameterView"];
export type Preview = Schemas["Preview"];
export type Preset = Schemas["PresetView"];
/** The daemon always tells all of it. */
export type Run = Required<Schemas["RunView"]>;
export type RunStatus = Run["status"];
export type Attempt = Schemas["AttemptView"];
export type RunResults = Schemas["RunResults"];
export type RunUsage = Schemas["RunUsage"];
export type OutputFile = Schemas["OutputFileView"];
export type Schedule = Schemas["ScheduleView"];
export type ScheduleRequest = Schemas["ScheduleRequest"];
export type SchedulePreview = Schemas["SchedulePreview"];
export type CalendarDay = Schemas["CalendarDayView"];
export type FieldFault = Schemas["FieldFault"];
export type Problem = Schemas["Problem"];
export type KnowledgeFile = Schemas["FileView"];
export type FileKind = KnowledgeFile["type"];
export type FileDetails = Schemas["FileDetails"];
/** A file that was found by words, with the lines in which they stand. */
export type FoundFile = Schemas["ResultView"];
export type Snippet = Schemas["SnippetView"];
export type KnowledgeStats = Schemas["KnowledgeStats"];
export type KnowledgeJob = Schemas["KnowledgeJob"];
export type Creator = Schemas["CreatorView"];
export type Tier = NonNullable<Creator["priority"]>;
export type Agent = Schemas["AgentView"];
export type AgentStats = Schemas["AgentStats"];
/** Sums of calls of AI providers. A cost of null is not known, which is not the same as none. */
export type UsageFigures = Omit<Schemas["Summary"], "since" | "until">;
export type UsageSummary = Schemas["Summary"];
export type UsageDay = Schemas["DayFigures"];
export type UsageModel = Schemas["ModelFigures"];
export type UsageService = Schemas["ServiceFigures"];
export type UsageCall = Schemas["ListedCall"];
/** Why a call needs a look. */
export type CallFlag = "unpriced" | "unmetered" | "failed";
export type Budget = Schemas["BudgetView"];
export type Alert = Schemas["AlertView"];
export type AlertRule = Schemas["AlertRuleList"]["rules"][number];
export type NotificationTarget = Schemas["TargetView"];
export type Delivery = Schemas["DeliveryView"];
/** An end of a service that nobody wanted. */
export type Crash = Schemas["Crash"];
/** A line of a log as it was when something happened. */
export type LogLine = Crash["tail"][number];
/** What was at one moment of the past. */
export type Moment = Schemas["MomentView"];
/** What a bundle for the report of a fault would hold. */
export type Bundle = Schemas["BundlePreview"];
export type BundleAsked = Pick<Schemas["BundleAsked"], "at" | "hours" | "services">;
