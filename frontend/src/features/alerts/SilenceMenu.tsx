/** Silences an alert or a whole rule for a time, or ends the silence. */
import { Button, Menu } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { answer, api } from "@/api/client";
import { Failure } from "@/design/states";
import { subscribeToClock } from "@/design/time";
import { useOffline } from "@/live/context";
import { isSilenced, SILENCES } from "./words";

export type Silenceable = { silenced_until: string | null } & (
  | { id: number; rule: string }
  | { name: string }
);

export function SilenceMenu({ what }: { what: Silenceable }) {
  const offline = useOffline();
  const silenced = useSyncExternalStore(subscribeToClock, () => isSilenced(what, Date.now()));
  const cache = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: (length: string | null) => silence(what, length),
    onSuccess: () => cache.invalidateQueries({ queryKey: ["alerts"] }),
  });
  const name = "id" in what ? what.rule : what.name;
  const why = { disabled: offline !== null || isPending, title: offline ?? undefined };
  return (
    <>
      {silenced ? (
        <Button variant="default" aria-label={`End silence of ${name}`} {...why} onClick={() => mutate(null)}>
          End silence
        </Button>
      ) : (
        <Menu position="bottom-end" transitionProps={{ duration: 80 }} shadow="none">
          <Menu.Target>
            <Button variant="default" aria-label={`Silence ${name}`} {...why}>
              {isPending ? "Silencing…" : "Silence"}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {SILENCES.map(([length, words]) => (
              <Menu.Item key={length} onClick={() => mutate(length)}>
                {words}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      {error && <Failure error={error} />}
    </>
  );
}

/** For `length`; null ends it. */
function silence(what: Silenceable, length: string | null): Promise<unknown> {
  if ("id" in what) {
    const params = { path: { alert: what.id } };
    return answer<unknown>(
      length === null
        ? api.POST("/api/alerts/{alert}/unsilence", { params })
        : api.POST("/api/alerts/{alert}/silence", { params, body: { for: length } }),
    );
  }
  const params = { path: { rule: what.name } };
  return answer<unknown>(
    length === null
      ? api.POST("/api/alerts/rules/{rule}/unsilence", { params })
      : api.POST("/api/alerts/rules/{rule}/silence", { params, body: { for: length } }),
  );
}
