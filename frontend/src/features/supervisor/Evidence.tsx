/** What speaks for and against a process being the service, side by side. */
import type { PortHolder } from "@/api/types";
import classes from "./PortWays.module.css";

export function Evidence({ offer }: { offer: PortHolder["adopt"] }) {
  return (
    <details className={classes.evidence}>
      <summary>{offer.why}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Same</th>
            <th scope="col">There</th>
            <th scope="col">Defined</th>
          </tr>
        </thead>
        <tbody>
          {offer.evidence.map(({ what, same, theirs, ours }) => (
            <tr key={what}>
              <th scope="row">{what}</th>
              <td data-same={same}>{same ? "yes" : "no"}</td>
              <td>
                <code>{theirs ?? "not ours to see"}</code>
              </td>
              <td>
                <code>{ours}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
