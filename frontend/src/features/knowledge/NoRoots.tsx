import { Empty } from "@/design/states";

export function NoRoots() {
  return (
    <Empty title="No knowledge base is declared yet">
      <p>
        Name the folders that hold notes, insights, papers or code in control-center.yaml, and all that is in
        them can be searched here:
      </p>
      <p>
        <code>{"knowledge: {roots: [~/notes]}"}</code>
      </p>
      <p>Files are only read. Nothing is changed, and nothing is sent anywhere.</p>
    </Empty>
  );
}
