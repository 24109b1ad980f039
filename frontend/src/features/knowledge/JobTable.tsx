import { Link } from "@tanstack/react-router";
import type { KnowledgeJob, RunStatus } from "@/api/types";
import { StatusWord } from "@/design/StatusMark";
import { Ago } from "@/design/time";
import { LOOK, statusName } from "@/features/runs/statuses";
import classes from "./JobTable.module.css";

export function JobTable({ jobs }: { jobs: readonly KnowledgeJob[] }) {
  if (jobs.length === 0) return <p className="muted">Nothing was done yet.</p>;
  return (
    <div className="table-frame">
      <table className={`table ${classes.table}`}>
        <caption className="unseen">Scans and fetches, the newest first</caption>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">State</th>
            <th scope="col">When</th>
            <th scope="col">Result</th>
          </tr>
        </thead>
        <tbody>
          {jobs.map((job) => (
            <tr key={`${job.kind} ${job.id}`}>
              <td>
                <What job={job} />
              </td>
              <td>
                <StatusWord
                  status={LOOK[job.status as RunStatus] ?? "stopped"}
                  word={statusName(job.status as RunStatus)}
                />
              </td>
              <td>
                <Ago at={job.timestamp} />
              </td>
              <td className={classes.result}>{resultOf(job)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function What({ job: { kind, creator_id: creator, run_id: run } }: { job: KnowledgeJob }) {
  if (kind === "scan") return "Scan of the roots";
  const words = `Fetch from ${creator ?? "a creator"}`;
  if (!run) return words;
  return (
    <Link to="/runs/$id/$tab" params={{ id: run, tab: "log" }}>
      {words}
    </Link>
  );
}

function resultOf(job: KnowledgeJob): string {
  if (job.error) return job.error;
  if (job.kind === "scan") {
    const facts = Object.entries(job.result ?? {}).filter(([, amount]) => amount > 0);
    return facts.map(([name, amount]) => `${amount} ${name.replaceAll("_", " ")}`).join(", ");
  }
  const { videos_processed: videos, insights_extracted: insights } = job;
  return videos == null && insights == null ? "" : `${videos ?? 0} processed, ${insights ?? 0} insights`;
}
