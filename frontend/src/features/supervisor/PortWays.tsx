/** The ways out when somebody else has a service's port: stop that one, adopt it, or use another port. */
import { Button, Group } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { answer, api } from "@/api/client";
import { servicePortQuery } from "@/api/queries/ports";
import { servicesQuery } from "@/api/queries/supervisor";
import type { PortHolder, ServicePort } from "@/api/types";
import { Dialog } from "@/design/Dialog";
import { Failure } from "@/design/states";
import { Ago } from "@/design/time";
import { useOffline } from "@/live/context";
import { useCommands } from "./commands";
import { Evidence } from "./Evidence";
import classes from "./PortWays.module.css";

export function PortWays({ serviceId }: { serviceId: string }) {
  const { data, error, refetch } = useQuery(servicePortQuery(serviceId));
  const acts = useActs(serviceId);
  if (error) return <Failure error={error} retry={() => void refetch()} />;
  return (
    <div className={classes.ways}>
      {data?.owners.map((owner) => (
        <Holder key={`${owner.pid} ${owner.address}`} owner={owner} serviceId={serviceId} acts={acts} />
      ))}
      {acts.said && <p role="status">{acts.said}</p>}
      {acts.error !== null && <Failure error={acts.error} />}
      <p className={classes.others}>
        <Link to="/services/$id/$tab" params={{ id: serviceId, tab: "configuration" }}>
          Use another port
        </Link>
        {data && (
          <Link to="/system/$tab" params={{ tab: "ports" }} search={{ port: data.port }}>
            See port {data.port}
          </Link>
        )}
      </p>
    </div>
  );
}

/** A process that can be named exactly. */
interface Named {
  pid: number;
  started_at: string;
}

interface Acts {
  free: (owner: Named) => void;
  adopt: (owner: Named) => void;
  busy: boolean;
  /** What the last act came to, in the daemon's words. */
  said: string | null;
  error: unknown;
}

function useActs(id: string): Acts {
  const cache = useQueryClient();
  const path = { params: { path: { service_id: id } } };
  // Whatever came of it, who has the port is looked at anew.
  const onSettled = () => cache.invalidateQueries({ queryKey: ["ports"] });
  const free = useMutation({
    mutationFn: (body: Named) => answer(api.POST("/api/services/{service_id}/port/free", { ...path, body })),
    onSettled,
  });
  const adopt = useMutation({
    mutationFn: (body: Named) => answer(api.POST("/api/services/{service_id}/adopt", { ...path, body })),
    onSettled,
  });
  return {
    free: (owner) => {
      adopt.reset();
      free.mutate(owner);
    },
    adopt: (owner) => {
      free.reset();
      adopt.mutate(owner);
    },
    busy: free.isPending || adopt.isPending,
    said: free.data?.message ?? adopt.data?.message ?? null,
    error: free.error ?? adopt.error,
  };
}

interface HolderProps {
  owner: PortHolder;
  serviceId: string;
  acts: Acts;
}

function Holder({ owner, serviceId, acts }: HolderProps) {
  const { pid, started_at } = owner;
  const named = pid !== null && started_at !== null ? { pid, started_at } : null;
  return (
    <div className={classes.holder}>
      <Who owner={owner} />
      <div className={classes.buttons}>
        <StopOwner owner={owner} serviceId={serviceId} named={named} acts={acts} />
        {owner.service === null && (
          <Act
            word={acts.busy ? "Waiting…" : "Adopt it"}
            why={owner.adopt.possible ? null : owner.adopt.why}
            busy={acts.busy}
            run={() => named && acts.adopt(named)}
          />
        )}
      </div>
      {owner.service === null && owner.adopt.evidence.length > 0 && <Evidence offer={owner.adopt} />}
    </div>
  );
}

function Who({ owner }: { owner: PortHolder }) {
  const { pid, name, address, command, cwd, started_at } = owner;
  return (
    <p className={classes.who}>
      <strong>{name ?? "A process that is not ours to see"}</strong>
      {pid !== null && ` (${pid})`} on {address}
      {started_at && (
        <>
          , started <Ago at={started_at} />
        </>
      )}
      {command && (
        <>
          <br />
          <code title={command}>{command}</code>
        </>
      )}
      {cwd && <span className="muted"> in {cwd}</span>}
    </p>
  );
}

interface StopOwnerProps extends HolderProps {
  named: Named | null;
}

/** One of ours goes down by its own ladder; a stranger only after a question. */
function StopOwner({ owner, named, acts }: StopOwnerProps) {
  const [asking, setAsking] = useState(false);
  const run = useCommands();
  const services = useQuery(servicesQuery).data?.services ?? [];
  const ours = services.find(({ id }) => id === owner.service);
  const name = ours?.name ?? owner.name ?? `process ${owner.pid}`;
  const stop = () => {
    setAsking(false);
    if (named) acts.free(named);
  };
  return (
    <>
      <Act
        word={`Stop ${name}`}
        why={owner.stop.possible ? null : owner.stop.why}
        busy={acts.busy}
        run={() => (ours ? run(ours.id, "stop", "click") : setAsking(true))}
      />
      <Dialog opened={asking} onClose={() => setAsking(false)} title={`Stop ${name} (${owner.pid})?`}>
        <p>It is none of your services. What it is doing ends. {owner.stop.why}</p>
        {owner.command && (
          <p>
            <code>{owner.command}</code>
          </p>
        )}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setAsking(false)}>
            No
          </Button>
          <Button data-autofocus onClick={stop}>
            Stop it
          </Button>
        </Group>
      </Dialog>
    </>
  );
}

interface ActProps {
  word: string;
  /** Why it is not possible, or null. */
  why: string | null;
  busy: boolean;
  run: () => void;
}

function Act({ word, why, busy, run }: ActProps) {
  const offline = useOffline();
  const against = offline ?? why ?? (busy ? "Waiting for an answer" : null);
  return (
    <Button
      variant="default"
      size="compact-sm"
      {...(against === null ? {} : { "data-disabled": true })}
      aria-disabled={against !== null || undefined}
      title={against ?? undefined}
      onClick={() => against === null && run()}
    >
      {word}
    </Button>
  );
}

/** Whether somebody stands in the way of a start. */
export function isHeld({ state, owners }: ServicePort, serviceId: string): boolean {
  return state === "reserved" || (state === "used" && owners.every(({ service }) => service !== serviceId));
}
