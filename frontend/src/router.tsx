/** The places and their addresses. What a page needs beyond the shell is loaded when it is opened. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  Link,
  lazyRouteComponent,
  notFound,
  redirect,
} from "@tanstack/react-router";
import { PartMissing } from "./api/client";
import { Empty, Failure } from "./design/states";
import { ConfigurationPage } from "./features/definitions/ConfigurationPage";
import { Checks } from "./features/diagnostics/Checks";
import { DiagnosticsPage } from "./features/diagnostics/DiagnosticsPage";
import { readJournalSearch } from "./features/events/filter";
import { readMomentSearch } from "./features/events/moment";
import { readCreatorFilter } from "./features/knowledge/creators";
import { readFileSearch, readKnowledgeFilter } from "./features/knowledge/filter";
import { readModuleFilter } from "./features/modules/filter";
import { readDeliverySearch } from "./features/notifications/filter";
import { OverviewPage } from "./features/overview/OverviewPage";
import { readLogSearch } from "./features/processes/address";
import { readRunSearch } from "./features/runs/filter";
import { RUN_TABS, type RunTab } from "./features/runs/tabs";
import { readCalendarSearch } from "./features/schedules/span";
import { readFilter } from "./features/supervisor/filter";
import { ServicePage } from "./features/supervisor/ServicePage";
import { ServicesPage } from "./features/supervisor/ServicesPage";
import { readServiceSearch, SERVICE_TABS, type ServiceTab } from "./features/supervisor/tabs";
import { readSystemSearch, SYSTEM_TABS, type SystemTab } from "./features/system/tabs";
import { readUsageSearch } from "./features/usage/filter";
import { Coming } from "./live/Coming";
import { part } from "./parts";
import { parseSearch, stringifySearch, understood } from "./searchParameters";
import { Shell } from "./shell/Shell";

const page = <Page extends Record<string, unknown>>(load: () => Promise<Page>) =>
  lazyRouteComponent(() => part(load));

const root = createRootRoute({ component: Shell, notFoundComponent: NoSuchPlace });

function NoSuchPlace() {
  return (
    <Empty whole title="There is no such place" action={<Link to="/overview">Go to the Overview</Link>}>
      The address may be mistyped, or from another version.
    </Empty>
  );
}

const index = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/overview", replace: true });
  },
});

const overview = createRoute({
  getParentRoute: () => root,
  path: "/overview",
  component: OverviewPage,
});

const services = createRoute({
  getParentRoute: () => root,
  path: "/services",
  validateSearch: understood(readFilter),
  component: ServicesPage,
});

const add = createRoute({
  getParentRoute: () => root,
  path: "/services/add",
  component: page(() => import("./features/definitions/AddPage")),
});

const serviceIndex = createRoute({
  getParentRoute: () => root,
  path: "/services/$id",
  beforeLoad: ({ params: { id } }) => {
    throw redirect({ to: "/services/$id/$tab", params: { id, tab: "logs" }, replace: true });
  },
});

const service = createRoute({
  getParentRoute: () => root,
  path: "/services/$id/$tab",
  params: {
    parse: ({ id, tab }) => ({ id, tab: known(SERVICE_TABS, tab) as ServiceTab }),
    stringify: ({ id, tab }) => ({ id, tab }),
  },
  validateSearch: understood(readServiceSearch),
  component: ServicePage,
});

const modules = createRoute({
  getParentRoute: () => root,
  path: "/modules",
  validateSearch: understood(readModuleFilter),
  component: page(() => import("./features/modules/ModulesPage")),
});

const module = createRoute({
  getParentRoute: () => root,
  path: "/modules/$id",
  validateSearch: ({ like, preset }): { like?: string; preset?: string } => ({
    ...(like ? { like: String(like) } : {}),
    ...(preset ? { preset: String(preset) } : {}),
  }),
  component: page(() => import("./features/modules/ModulePage")),
});

const runs = createRoute({
  getParentRoute: () => root,
  path: "/runs",
  validateSearch: understood(readRunSearch),
  component: page(() => import("./features/runs/RunsPage")),
});

const compare = createRoute({
  getParentRoute: () => root,
  path: "/runs/compare",
  validateSearch: ({ left, right, only }): { left?: string; right?: string; only?: "differing" } => ({
    ...(left ? { left: String(left) } : {}),
    ...(right ? { right: String(right) } : {}),
    ...(only === "differing" ? { only } : {}),
  }),
  component: page(() => import("./features/runs/ComparePage")),
});

const runIndex = createRoute({
  getParentRoute: () => root,
  path: "/runs/$id",
  beforeLoad: ({ params: { id } }) => {
    throw redirect({ to: "/runs/$id/$tab", params: { id, tab: "log" }, replace: true });
  },
});

const run = createRoute({
  getParentRoute: () => root,
  path: "/runs/$id/$tab",
  params: {
    parse: ({ id, tab }) => ({ id, tab: known(RUN_TABS, tab) as RunTab }),
    stringify: ({ id, tab }) => ({ id, tab }),
  },
  validateSearch: understood(readLogSearch),
  component: page(() => import("./features/runs/RunPage")),
});

const usage = createRoute({
  getParentRoute: () => root,
  path: "/usage",
  validateSearch: understood(readUsageSearch),
  component: page(() => import("./features/usage/UsagePage")),
});

const knowledge = createRoute({
  getParentRoute: () => root,
  path: "/knowledge",
  validateSearch: understood(readKnowledgeFilter),
  component: page(() => import("./features/knowledge/FilesPage")),
});

const file = createRoute({
  getParentRoute: () => root,
  path: "/knowledge/files/$id",
  validateSearch: understood(readFileSearch),
  component: page(() => import("./features/knowledge/FilePage")),
});

const creators = createRoute({
  getParentRoute: () => root,
  path: "/knowledge/creators",
  validateSearch: understood(readCreatorFilter),
  component: page(() => import("./features/knowledge/CreatorsPage")),
});

const creator = createRoute({
  getParentRoute: () => root,
  path: "/knowledge/creators/$id",
  component: page(() => import("./features/knowledge/CreatorPage")),
});

const knowledgeIndex = createRoute({
  getParentRoute: () => root,
  path: "/knowledge/index",
  component: page(() => import("./features/knowledge/IndexPage")),
});

const agents = createRoute({
  getParentRoute: () => root,
  path: "/agents",
  validateSearch: ({ q }): { q?: string } => (q ? { q: String(q) } : {}),
  component: page(() => import("./features/agents/AgentsPage")),
});
const noAgent = createRoute({
  getParentRoute: () => agents,
  path: "/",
  component: page(() => import("./features/agents/ChooseAgent")),
});
const agent = createRoute({
  getParentRoute: () => agents,
  path: "/$id",
  component: page(() => import("./features/agents/AgentPage")),
});

const schedules = createRoute({
  getParentRoute: () => root,
  path: "/schedules",
  component: page(() => import("./features/schedules/SchedulesPage")),
});

const calendar = createRoute({
  getParentRoute: () => root,
  path: "/schedules/calendar",
  validateSearch: understood(readCalendarSearch),
  component: page(() => import("./features/schedules/CalendarPage")),
});

const newSchedule = createRoute({
  getParentRoute: () => root,
  path: "/schedules/new",
  validateSearch: ({ module }): { module?: string } => (module ? { module: String(module) } : {}),
  component: page(() => import("./features/schedules/NewSchedulePage")),
});

const schedule = createRoute({
  getParentRoute: () => root,
  path: "/schedules/$id",
  component: page(() => import("./features/schedules/SchedulePage")),
});

const editSchedule = createRoute({
  getParentRoute: () => root,
  path: "/schedules/$id/edit",
  component: page(() => import("./features/schedules/EditSchedulePage")),
});

const systemIndex = createRoute({
  getParentRoute: () => root,
  path: "/system",
  beforeLoad: () => {
    throw redirect({ to: "/system/$tab", params: { tab: "charts" }, replace: true });
  },
});

const system = createRoute({
  getParentRoute: () => root,
  path: "/system/$tab",
  params: {
    parse: ({ tab }) => ({ tab: known(SYSTEM_TABS, tab) as SystemTab }),
    stringify: ({ tab }) => ({ tab }),
  },
  validateSearch: understood(readSystemSearch),
  component: page(() => import("./features/system/SystemPage")),
});

const events = createRoute({
  getParentRoute: () => root,
  path: "/events",
  validateSearch: understood(readJournalSearch),
  component: page(() => import("./features/events/EventsPage")),
});

const moment = createRoute({
  getParentRoute: () => root,
  path: "/events/moment",
  validateSearch: understood(readMomentSearch),
  component: page(() => import("./features/events/MomentPage")),
});

const alerts = createRoute({
  getParentRoute: () => root,
  path: "/alerts",
  component: page(() => import("./features/alerts/AlertsPage")),
});
const alertList = createRoute({
  getParentRoute: () => alerts,
  path: "/",
  component: page(() => import("./features/alerts/AlertList")),
});
const rules = createRoute({
  getParentRoute: () => alerts,
  path: "/rules",
  component: page(() => import("./features/alerts/RuleList")),
});
const notifications = createRoute({
  getParentRoute: () => alerts,
  path: "/notifications",
  validateSearch: understood(readDeliverySearch),
  component: page(() => import("./features/notifications/NotificationsTab")),
});

const diagnostics = createRoute({
  getParentRoute: () => root,
  path: "/diagnostics",
  component: DiagnosticsPage,
});
const checks = createRoute({ getParentRoute: () => diagnostics, path: "/", component: Checks });
const configuration = createRoute({
  getParentRoute: () => diagnostics,
  path: "/configuration",
  component: ConfigurationPage,
});

function known(values: readonly string[], value: string): string {
  if (!values.includes(value)) throw notFound();
  return value;
}

const tree = root.addChildren([
  index,
  overview,
  services,
  add,
  serviceIndex,
  service,
  modules,
  module,
  runs,
  compare,
  runIndex,
  run,
  usage,
  knowledge,
  file,
  creators,
  creator,
  knowledgeIndex,
  agents.addChildren([noAgent, agent]),
  schedules,
  calendar,
  newSchedule,
  schedule,
  editSchedule,
  systemIndex,
  system,
  alerts.addChildren([alertList, rules, notifications]),
  events,
  moment,
  diagnostics.addChildren([checks, configuration]),
]);

export function makeRouter() {
  return createRouter({
    routeTree: tree,
    basepath: "/ui",
    parseSearch,
    stringifySearch,
    defaultPreload: "intent",
    defaultErrorComponent: ({ error, reset }) => (
      <div className="page">
        <Failure error={error} retry={error instanceof PartMissing ? () => location.reload() : reset} />
      </div>
    ),
    defaultPendingComponent: () => (
      <div className="page">
        <Coming height={320} />
      </div>
    ),
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
