/** The files that two runs have left, those of the same name beside each other; pictures as they are. */
import { useQuery } from "@tanstack/react-query";
import { resultsQuery } from "@/api/queries/runs";
import type { OutputFile, Run } from "@/api/types";
import { bytes } from "@/design/format";
import classes from "./ComparePage.module.css";
import { filePairs } from "./compare";
import { FilePreview, previewKind } from "./FilePreview";

export function ComparedFiles({ left, right }: { left: Run; right: Run }) {
  const first = useQuery(resultsQuery(left.run_id));
  const second = useQuery(resultsQuery(right.run_id));
  if (first.error ?? second.error) return <Note>What they have left cannot be read now.</Note>;
  const pairs = filePairs(first.data?.output_files ?? [], second.data?.output_files ?? []);
  if (pairs.length === 0) return null;
  return (
    <tbody>
      <Title />
      {pairs.map((pair) => (
        <tr key={pair.path}>
          <th scope="row">{pair.path}</th>
          <FileCell file={pair.left} />
          <FileCell file={pair.right} />
        </tr>
      ))}
    </tbody>
  );
}

function Title() {
  return (
    <tr className={classes.part}>
      <th scope="rowgroup" colSpan={3}>
        Results
      </th>
    </tr>
  );
}

function Note({ children }: { children: string }) {
  return (
    <tbody>
      <Title />
      <tr>
        <td colSpan={3} className="muted">
          {children}
        </td>
      </tr>
    </tbody>
  );
}

function FileCell({ file }: { file: OutputFile | undefined }) {
  if (!file) return <td className="muted">–</td>;
  return (
    <td>
      {previewKind(file) === "picture" && <FilePreview file={file} kind="picture" />}
      <a href={file.url} download={file.filename} title={`Save it: ${file.size_bytes} bytes`}>
        {bytes(file.size_bytes)}
      </a>
    </td>
  );
}
