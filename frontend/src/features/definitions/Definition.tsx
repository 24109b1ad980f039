/** How a service is declared, with every default filled in. Secrets arrive already hidden. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { configurationQuery } from "@/api/queries/definitions";
import { serviceQuery } from "@/api/queries/supervisor";
import type { ServiceDetail } from "@/api/types";
import { Excerpt } from "@/design/Excerpt";
import { Failure, Skeletons } from "@/design/states";
import { Ago } from "@/design/time";
import { needsWords } from "@/features/supervisor/dependencies";
import { Receipt } from "@/features/supervisor/Ladder";
import { BlockEditor } from "./BlockEditor";
import classes from "./Definition.module.css";
import { fileName, settingWords, shellWords } from "./words";

export default function Definition({ serviceId }: { serviceId: string }) {
  const { data, error, refetch } = useQuery(serviceQuery(serviceId));
  const file = useQuery(configurationQuery).data?.path;
  if (!data)
    return error ? (
      <Failure error={error} retry={() => void refetch()} />
    ) : (
      <Skeletons count={1} height={320} />
    );
  return (
    <div className={classes.definition}>
      {file && <BlockEditor key={serviceId} serviceId={serviceId} file={fileName(file)} />}
      <Launch service={data} />
      <Rules service={data} />
      {data.last_exit && <LastExit service={data} exit={data.last_exit} />}
    </div>
  );
}

function Launch({ service }: { service: ServiceDetail }) {
  const env = Object.entries(service.env);
  return (
    <section className={`panel ${classes.part}`}>
      <h2>What is run</h2>
      <dl className={classes.settings}>
        <Setting name="Command">
          <code className={classes.code}>{shellWords(service.command)}</code>
        </Setting>
        <Setting name="Folder">
          <code className={classes.code}>{service.cwd}</code>
        </Setting>
        <Setting name="Log">
          <code className={classes.code}>{service.log_file}</code>
        </Setting>
        <Setting name="Port">{portWords(service)}</Setting>
        <Setting name="Environment">
          {env.length === 0 ? (
            <span className="muted">nothing of its own</span>
          ) : (
            <code className={classes.code}>{env.map(([key, value]) => `${key}=${value}`).join("\n")}</code>
          )}
        </Setting>
      </dl>
    </section>
  );
}

function portWords({ port, port_choice }: ServiceDetail): string {
  if (port === null) return "none";
  return port_choice?.auto ? `${port}, or the next free one from ${port_choice.base} on` : String(port);
}

function Rules({ service }: { service: ServiceDetail }) {
  const rules: [string, unknown][] = [
    [
      "Starts by itself",
      service.autostart === "last" ? "if it was up when the daemon ended" : service.autostart,
    ],
    ["Lifetime", service.lifetime],
    ["Restart", service.restart],
    ["Stop", service.stop],
    ["Depends on", needsWords(service.depends_on)],
    ["Health check", service.health_check],
    ["Limits", service.limits],
    ["Log", service.log],
    ["Tags", service.tags],
  ];
  return (
    <section className={`panel ${classes.part}`}>
      <h2>How it is kept</h2>
      <dl className={classes.settings}>
        {rules.map(([name, value]) => (
          <Setting key={name} name={name}>
            {settingWords(value)}
          </Setting>
        ))}
      </dl>
    </section>
  );
}

function LastExit({
  service,
  exit,
}: {
  service: ServiceDetail;
  exit: NonNullable<ServiceDetail["last_exit"]>;
}) {
  return (
    <section className={`panel ${classes.part}`}>
      <h2>How it last ended</h2>
      <p>
        {exit.text}, <Ago at={exit.at} />
      </p>
      {service.last_stop && (
        <p>
          <Receipt stop={service.last_stop} />
        </p>
      )}
      {exit.last_lines.length > 0 && (
        <Excerpt label={`Last lines of ${service.name}`} text={exit.last_lines.join("\n")} />
      )}
    </section>
  );
}

function Setting({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
