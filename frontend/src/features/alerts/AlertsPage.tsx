/** What is wrong right now, what was, and the rules that say so; and who is told. */
import { Outlet } from "@tanstack/react-router";
import { PageTab, PageTabs } from "@/design/PageTabs";

export default function AlertsPage() {
  return (
    <div className="page">
      <div className="page-head">
        <h1>Alerts</h1>
      </div>
      <PageTabs label="Parts of Alerts">
        <PageTab to="/alerts" activeOptions={{ exact: true }}>
          Alerts
        </PageTab>
        <PageTab to="/alerts/rules">Rules</PageTab>
        <PageTab to="/alerts/notifications">Notifications</PageTab>
      </PageTabs>
      <Outlet />
    </div>
  );
}
