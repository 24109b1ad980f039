/** Tells everywhere that the file of definitions has faults, and leads to them; but for the pages that tell them. */
import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "@tanstack/react-router";
import { configurationQuery } from "@/api/queries/definitions";
import type { Configuration } from "@/api/types";
import { ErrorIcon, WarningIcon } from "@/design/icons";
import bars from "@/shell/bars.module.css";
import { fileName, plural } from "./words";

export function FaultBanner() {
  const { data } = useQuery(configurationQuery);
  const place = useLocation({ select: ({ pathname }) => pathname });
  const faulty = data !== undefined && (data.state !== "in_force" || data.faults.length > 0);
  return <div role="status">{faulty && !isToldBy(place, data) && <Banner configuration={data} />}</div>;
}

/** Whether the page itself lists all of them: nothing is told twice. */
function isToldBy(place: string, { state, faults }: Configuration): boolean {
  if (/\/(overview|diagnostics\/configuration)$/.test(place)) return true;
  return (
    place.endsWith("/modules") && state === "in_force" && faults.every(({ path }) => /^modules\b/.test(path))
  );
}

function Banner({ configuration }: { configuration: Configuration }) {
  const error = configuration.state !== "in_force";
  return (
    <div className={bars.bar} data-kind={error ? "error" : "warning"}>
      {error ? <ErrorIcon /> : <WarningIcon />}
      <p>{sentence(configuration)}</p>
      <Link to="/diagnostics/configuration">Show</Link>
    </div>
  );
}

function sentence({ state, path, faults }: Configuration): string {
  const file = fileName(path);
  if (state === "missing") return `${file} is not there. The definitions last in force stay so.`;
  const errors = faults.filter((fault) => fault.severity === "error");
  const first = errors[0] ?? faults[0];
  const where = first?.line ? `line ${first.line}: ` : "";
  const example = first ? ` First, ${where}${first.message}` : "";
  if (state === "faulty") {
    return `${file} has ${plural(errors.length, "error")} and is not applied; the last good definitions stay in force.${example}`;
  }
  return `${file} is in force with ${plural(faults.length, "warning")}.${example}`;
}
