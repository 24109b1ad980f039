/** All that is known of a call, with what the provider said of its use and the row by which it was priced. */
import type { UsageCall } from "@/api/types";
import { Dialog } from "@/design/Dialog";
import { Excerpt } from "@/design/Excerpt";
import { count, exactTime, latency } from "@/design/format";
import classes from "./CallDetails.module.css";
import { dollars } from "./money";
import { outcomeWords } from "./words";

export function CallDetails({ call, close }: { call: UsageCall; close: () => void }) {
  return (
    <Dialog opened title={call.model ?? "Unknown model"} onClose={close}>
      <dl className={classes.facts}>
        {facts(call).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Words title="What the provider said of its use" words={call.usage} none={nothingSaid(call)} />
      <Words title="The price it was worked out by" words={call.price} none="No price is known." />
    </Dialog>
  );
}

function facts(call: UsageCall): [string, string][] {
  const tokens = (value: number | null) => (value === null ? "–" : count(value));
  return [
    ["When", exactTime(Date.parse(call.at))],
    ["Provider", call.provider],
    ["Who", call.service ?? "unknown"],
    ["Run", call.run_id ?? "–"],
    ["Address", call.endpoint ?? (call.reported ? "told by whoever made it" : "–")],
    ["Outcome", outcomeWords(call)],
    ["Status", call.status === null ? "–" : String(call.status)],
    ["Input", tokens(call.input_tokens)],
    ["Cache read", tokens(call.cache_read_tokens)],
    ["Cache write", tokens(call.cache_write_tokens)],
    ["Output", tokens(call.output_tokens)],
    ["Cost", dollars(call.cost)],
    ["First byte", latency(call.first_byte)],
    ["First token", latency(call.first_token)],
    ["Whole answer", latency(call.seconds)],
  ];
}

const nothingSaid = ({ unmetered }: UsageCall) =>
  unmetered ? "Nothing: this call is unmetered." : "Nothing was used.";

interface WordsProps {
  title: string;
  words: Record<string, unknown> | null;
  /** Said where there are none. */
  none: string;
}

function Words({ title, words, none }: WordsProps) {
  return (
    <section className={classes.words}>
      <h3>{title}</h3>
      {words ? (
        <Excerpt label={title} text={JSON.stringify(words, null, 2)} />
      ) : (
        <p className="muted">{none}</p>
      )}
    </section>
  );
}
