/** Whether one port is free, and who has it if not. */
import { useQuery } from "@tanstack/react-query";
import { portQuery } from "@/api/queries/ports";
import type { PortState } from "@/api/types";
import { ErrorIcon, OkIcon, WarningIcon } from "@/design/icons";
import { Failure, Skeletons } from "@/design/states";
import { ServiceLink } from "@/features/system/ProcessesTab";
import classes from "./PortAnswer.module.css";

const MARKS: Record<PortState["state"], { Icon: typeof OkIcon; word: string }> = {
  free: { Icon: OkIcon, word: "free" },
  used: { Icon: ErrorIcon, word: "in use" },
  reserved: { Icon: WarningIcon, word: "reserved by the system" },
  elsewhere: { Icon: WarningIcon, word: "bound on another address" },
};

export function PortAnswer({ port }: { port: number }) {
  const { data, error, refetch } = useQuery(portQuery(port));
  if (!data)
    return error ? (
      <Failure error={error} retry={() => void refetch()} />
    ) : (
      <Skeletons count={1} height={56} />
    );
  const { Icon, word } = MARKS[data.state];
  return (
    <section className={`panel ${classes.answer}`} data-state={data.state} aria-live="polite">
      <Icon size={20} />
      <div>
        <h2>
          Port {port} is {word}
        </h2>
        <p>{data.detail}</p>
        {data.owners.map((owner) => (
          <p key={`${owner.pid} ${owner.address}`} className="muted">
            {owner.name ?? "a process that is not ours to see"}
            {owner.pid !== null && ` (${owner.pid})`} on {owner.address ?? "an unknown address"}
            {owner.service && (
              <>
                , service <ServiceLink id={owner.service} />
              </>
            )}
          </p>
        ))}
      </div>
    </section>
  );
}
