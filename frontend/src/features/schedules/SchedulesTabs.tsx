/** The two ways to look at schedules. */
import { PageTab, PageTabs } from "@/design/PageTabs";

export function SchedulesTabs() {
  return (
    <PageTabs label="Ways to look at schedules">
      <PageTab to="/schedules" activeOptions={{ exact: true }} activeProps={{ "aria-current": "page" }}>
        List
      </PageTab>
      <PageTab to="/schedules/calendar" activeProps={{ "aria-current": "page" }}>
        Calendar
      </PageTab>
    </PageTabs>
  );
}
