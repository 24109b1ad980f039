/** The heads of the columns of a table. */

export interface Head {
  word: string;
  /** Its column holds numbers. */
  number?: boolean;
  /** What hides the column where there is no room for it. */
  className?: string | undefined;
}

export function Heads({ heads }: { heads: readonly Head[] }) {
  return (
    <thead>
      <tr>
        {heads.map(({ word, number = false, className = "" }) => (
          <th key={word} scope="col" className={`${number ? "number" : ""} ${className}`}>
            {word}
          </th>
        ))}
      </tr>
    </thead>
  );
}
