/** A row for each call, which opens to what is known of it. */
import { useState } from "react";
import type { UsageCall } from "@/api/types";
import { count, latency } from "@/design/format";
import { Ago } from "@/design/time";
import { CallDetails } from "./CallDetails";
import classes from "./CallTable.module.css";
import { type Head, Heads } from "./Heads";
import { dollars } from "./money";
import { fault, outcomeWords } from "./words";

const HEADS: readonly Head[] = [
  { word: "When" },
  { word: "Model" },
  { word: "Who", className: classes.who },
  { word: "Input", number: true, className: classes.spare },
  { word: "Cache read", number: true, className: classes.spare },
  { word: "Cache write", number: true, className: classes.spare },
  { word: "Output", number: true, className: classes.spare },
  { word: "Cost", number: true },
  { word: "First token", number: true, className: classes.spare },
  { word: "Outcome", className: classes.spare },
];

export function CallTable({ calls }: { calls: readonly UsageCall[] }) {
  const [shown, setShown] = useState<UsageCall>();
  return (
    <div className="table-frame">
      <table className={`table ${classes.table}`}>
        <caption className="unseen">Calls, the newest first</caption>
        <Heads heads={HEADS} />
        <tbody>
          {calls.map((call) => (
            <Row key={call.id} call={call} show={() => setShown(call)} />
          ))}
        </tbody>
      </table>
      {shown && <CallDetails call={shown} close={() => setShown(undefined)} />}
    </div>
  );
}

function Row({ call, show }: { call: UsageCall; show: () => void }) {
  const flag = fault(call);
  return (
    <tr>
      <td className="muted">
        <Ago at={call.at} />
      </td>
      <td className={classes.model}>
        <button type="button" className={classes.opener} onClick={show}>
          {call.model ?? <em>unknown</em>}
        </button>{" "}
        <span className="muted small">
          {call.provider}
          {call.service !== null && <span className={classes.narrow}>, {call.service}</span>}
        </span>
      </td>
      <td className={classes.who} title={call.service ?? undefined}>
        {call.service ?? <em className="muted">unknown</em>}
      </td>
      <Tokens value={call.input_tokens} />
      <Tokens value={call.cache_read_tokens} />
      <Tokens value={call.cache_write_tokens} />
      <Tokens value={call.output_tokens} />
      <td className={`number ${classes.cost}`}>
        {dollars(call.cost)}{" "}
        {flag && (
          <span className={classes.flag} data-flag={flag}>
            {flag}
          </span>
        )}
      </td>
      <td className={`number ${classes.spare}`}>{latency(call.first_token)}</td>
      <td className={`${classes.spare} muted`}>{outcomeWords(call)}</td>
    </tr>
  );
}

function Tokens({ value }: { value: number | null }) {
  return <td className={`number ${classes.spare}`}>{value === null ? "–" : count(value)}</td>;
}
