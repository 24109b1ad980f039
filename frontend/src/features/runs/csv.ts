/** Reading tables as text: RFC 4180, with the separators that people use. */

export interface Table {
  head: string[];
  rows: string[][];
}

const SEPARATORS = [",", ";", "\t"] as const;

/** The separator that the first line has most of. */
export function separatorOf(text: string): string {
  const first = text.slice(0, text.indexOf("\n") < 0 ? undefined : text.indexOf("\n"));
  const amount = (separator: string) => first.split(separator).length;
  return SEPARATORS.reduce((best, one) => (amount(one) > amount(best) ? one : best), ",");
}

/** At most `most` rows below the head. `cut`: the text ends somewhere within a row, which is left out. */
export function readTable(text: string, most: number, cut: boolean): Table {
  const rows = records(text.replace(/^\uFEFF/, ""), separatorOf(text));
  if (cut) rows.pop();
  const [head = [], ...rest] = rows;
  return { head, rows: rest.slice(0, most) };
}

function records(text: string, separator: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  const endRow = () => {
    row.push(cell);
    if (row.length > 1 || cell !== "") rows.push(row);
    row = [];
    cell = "";
  };
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] ?? "";
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (sign === '"' && cell === "") quoted = true;
    else if (sign === separator) {
      row.push(cell);
      cell = "";
    } else if (sign === "\n") endRow();
    else if (sign !== "\r") cell += sign;
  }
  endRow();
  return rows;
}
