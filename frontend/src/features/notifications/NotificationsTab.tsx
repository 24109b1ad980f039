/** Who is told what happened: the targets, and what became of the messages. */
import { DeliveryList } from "./DeliveryList";
import classes from "./Notifications.module.css";
import { TargetList } from "./TargetList";

export default function NotificationsTab() {
  return (
    <div className={classes.parts}>
      <section aria-label="Targets">
        <h2 className={classes.heading}>Targets</h2>
        <TargetList />
      </section>
      <section aria-label="Messages">
        <DeliveryList />
      </section>
    </div>
  );
}
