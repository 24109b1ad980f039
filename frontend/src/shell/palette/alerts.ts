/** What fires, and quiet for it. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { answer, api } from "@/api/client";
import { firingQuery } from "@/api/queries/alerts";
import type { Alert } from "@/api/types";
import { BellIcon } from "@/design/icons";
import { isQuiet } from "@/features/alerts/words";
import { useOffline } from "@/live/context";
import { useTelling } from "../Telling";
import type { Entry } from "./entries";

export function useAlertEntries(): Entry[] {
  const alerts = useQuery(firingQuery).data?.alerts ?? [];
  const navigate = useNavigate();
  const tell = useTelling();
  const offline = useOffline() !== null;
  return alerts.flatMap((alert) => {
    const { id, rule, summary, severity } = alert;
    const of = { kind: "Alert", note: severity, also: rule, Icon: BellIcon };
    const open: Entry = {
      ...of,
      id: `alert ${id}`,
      title: summary,
      run: () => void navigate({ to: "/alerts" }),
    };
    if (offline || isQuiet(alert, Date.now())) return [open];
    return [
      open,
      {
        ...of,
        id: `silence ${id}`,
        title: `Silence for 1 h: ${summary}`,
        run: () => tell({ saying: "Asking for silence…", act: () => silence(alert) }),
      },
    ];
  });
}

async function silence({ id, rule }: Alert): Promise<string> {
  const params = { path: { alert: id } };
  await answer(api.POST("/api/alerts/{alert}/silence", { params, body: { for: "1h" } }));
  return `${rule} is silent for 1 h.`;
}
