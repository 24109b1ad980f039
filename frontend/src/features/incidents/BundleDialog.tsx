/** A bundle for the report of a fault: what it would hold and what is struck out of it, before it is saved. */
import { Button, Group, NativeSelect } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "@/api/client";
import { bundleQuery } from "@/api/queries/incidents";
import type { Bundle, BundleAsked } from "@/api/types";
import { Dialog } from "@/design/Dialog";
import { bytes, count } from "@/design/format";
import { DownloadIcon } from "@/design/icons";
import { Failure, Skeletons } from "@/design/states";
import { useOffline } from "@/live/context";
import classes from "./Bundle.module.css";

interface BundleProps {
  /** When it happened, ISO 8601; now where it is left out. */
  at?: string;
  /** All where none is named. */
  services?: string[];
}

export function BundleButton(about: BundleProps) {
  const [opened, setOpened] = useState(false);
  const offline = useOffline();
  return (
    <>
      <Button
        variant="default"
        leftSection={<DownloadIcon size={14} />}
        disabled={offline !== null}
        title={offline ?? undefined}
        onClick={() => setOpened(true)}
      >
        Bundle for a report
      </Button>
      <Dialog opened={opened} onClose={() => setOpened(false)} title="Bundle for a report">
        <Content {...about} close={() => setOpened(false)} />
      </Dialog>
    </>
  );
}

const HOURS: Record<number, string> = { 1: "The hour before", 6: "6 hours before", 24: "The day before" };

function Content({ at, services = [], close }: BundleProps & { close: () => void }) {
  const [hours, setHours] = useState(1);
  const asked: BundleAsked = { ...(at && { at }), hours, services };
  const { data, error, refetch } = useQuery(bundleQuery(asked));
  const saving = useMutation({ mutationFn: () => fetchBundle(asked), onSuccess: close });
  return (
    <div className={classes.content}>
      <p>One file with what is known of that time. Nothing is sent anywhere.</p>
      <NativeSelect
        size="xs"
        label="How far back"
        value={hours}
        onChange={(event) => setHours(Number(event.currentTarget.value))}
        data={Object.entries(HOURS).map(([value, label]) => ({ value, label }))}
      />
      {data ? (
        <Preview bundle={data} />
      ) : error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : (
        <Skeletons count={1} height={180} />
      )}
      {saving.error && <Failure error={saving.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button data-autofocus disabled={!data} loading={saving.isPending} onClick={() => saving.mutate()}>
          Save
        </Button>
      </Group>
    </div>
  );
}

function Preview({ bundle: { files, bytes: whole, replaced, left_out } }: { bundle: Bundle }) {
  return (
    <div className={classes.preview}>
      <List
        title={`${count(files.length)} files, ${bytes(whole)}`}
        rows={files.map((file) => [file.name, bytes(file.bytes)])}
      />
      <List
        title={replaced.length === 0 ? "Nothing had to be struck out" : "Struck out"}
        rows={replaced.map(({ rule, where, count: times }) => [`${rule} in ${where}`, `${count(times)} ×`])}
      />
      {left_out.length > 0 && <List title="Left out" rows={left_out.map(({ name, why }) => [name, why])} />}
    </div>
  );
}

function List({ title, rows }: { title: string; rows: [string, string][] }) {
  return (
    <section aria-label={title} className={classes.list} tabIndex={0}>
      <h3>{title}</h3>
      <dl>
        {rows.map(([name, words]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** Has the browser save it under the name that the daemon gives it. */
async function fetchBundle(asked: BundleAsked): Promise<void> {
  const call = api.POST("/api/incidents", { body: asked, parseAs: "blob" });
  const blob = await answer<Blob>(call);
  const name = /filename="([^"]+)"/.exec((await call).response.headers.get("content-disposition") ?? "")?.[1];
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name ?? "incident.zip";
  link.click();
  URL.revokeObjectURL(link.href);
}
