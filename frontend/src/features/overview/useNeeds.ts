/** What needs a person now, kept true by what each part of it is told. */
import { useQuery } from "@tanstack/react-query";
import { firingQuery } from "@/api/queries/alerts";
import { configurationQuery } from "@/api/queries/definitions";
import { diagnosticsQuery } from "@/api/queries/diagnostics";
import { servicesQuery } from "@/api/queries/supervisor";
import { budgetsQuery } from "@/api/queries/usage";
import { isQuiet } from "@/features/alerts/words";
import { type Need, needs } from "./needs";

/** The checks look at disks and programs: not at every glance. */
const CHECKS = { staleTime: 60_000, refetchInterval: 300_000 };

export function useNeeds(): Need[] {
  const services = useQuery(servicesQuery).data?.services;
  const alerts = useQuery(firingQuery).data?.alerts.filter((alert) => !isQuiet(alert, Date.now()));
  const configuration = useQuery(configurationQuery).data;
  const budgets = useQuery(budgetsQuery).data;
  const checks = useQuery({ ...diagnosticsQuery, ...CHECKS }).data?.checks;
  return needs({ services, alerts, configuration, budgets, checks });
}
