/** The log of a run; what is looked for in it stands in the URL. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { Run } from "@/api/types";
import LogViewer from "@/features/processes/LogViewer";
import { progressWords } from "./told";

export default function RunLog({ run: { run_id: id, module_name } }: { run: Run }) {
  const search = useSearch({ from: "/runs/$id/$tab" });
  const navigate = useNavigate();
  return (
    <LogViewer
      log={`run:${id}`}
      name={`of ${module_name}`}
      download={`/api/runs/${encodeURIComponent(id)}/logs/download`}
      wording={progressWords}
      search={search}
      choose={(next) =>
        void navigate({ to: "/runs/$id/$tab", params: { id, tab: "log" }, search: next, replace: true })
      }
    />
  );
}
