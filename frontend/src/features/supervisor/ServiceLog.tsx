/** The log of a service; what is looked for in it stands in the URL. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ServiceView } from "@/api/types";
import LogViewer from "@/features/processes/LogViewer";

export default function ServiceLog({ service: { id, log_file } }: { service: ServiceView }) {
  const search = useSearch({ from: "/services/$id/$tab" });
  const navigate = useNavigate();
  return (
    <LogViewer
      log={`service:${id}`}
      name={log_file}
      download={`/api/services/${encodeURIComponent(id)}/logs/download`}
      search={search}
      choose={(next) =>
        void navigate({ to: "/services/$id/$tab", params: { id, tab: "logs" }, search: next, replace: true })
      }
    />
  );
}
