/** Is the control center itself well? Its checks, and the file of definitions. */
import { Outlet } from "@tanstack/react-router";
import { PageTab, PageTabs } from "@/design/PageTabs";
import { BundleButton } from "@/features/incidents/BundleDialog";

export function DiagnosticsPage() {
  return (
    <div className="page">
      <div className="page-head">
        <h1>Diagnostics</h1>
        <div className="grow" />
        <BundleButton />
      </div>
      <PageTabs label="Parts of Diagnostics">
        <PageTab to="/diagnostics" activeOptions={{ exact: true }}>
          Checks
        </PageTab>
        <PageTab to="/diagnostics/configuration">Configuration</PageTab>
      </PageTabs>
      <Outlet />
    </div>
  );
}
