/** What can be run: every module with what the history says of it. */
import { NativeSelect, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useRef } from "react";
import { modulesQuery } from "@/api/queries/modules";
import type { Module } from "@/api/types";
import { Chip, Chips } from "@/design/Chips";
import { SearchIcon } from "@/design/icons";
import { LinkButton } from "@/design/LinkButton";
import { Empty, Failure, Skeletons } from "@/design/states";
import { type ChangesOf, toggled, withChanges } from "@/searchParameters";
import { useKeys } from "@/shell/keys";
import { useRowMoves } from "@/shell/rows";
import { byCategory, type ModuleFilter, matching, sorted } from "./filter";
import { ModuleCard } from "./ModuleCard";
import { ModuleFaults } from "./ModuleFaults";
import classes from "./ModulesPage.module.css";

export default function ModulesPage() {
  const { data, error, refetch } = useQuery(modulesQuery);
  const search = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  useKeys([{ keys: "/", does: "Filter the modules", run: () => search.current?.focus() }]);
  useRowMoves(list, "module");
  return (
    <div className="page">
      <div className="page-head">
        <h1>Modules</h1>
        <div className="grow" />
        <LinkButton to="/runs" variant="default">
          All runs
        </LinkButton>
      </div>
      {data && data.total > 0 && <Filters modules={data.modules} input={search} />}
      {data && <ModuleFaults faults={data.faults} />}
      <div ref={list}>
        {data ? (
          <Modules modules={data.modules} />
        ) : error ? (
          <Failure error={error} retry={() => void refetch()} />
        ) : (
          <Skeletons count={6} height={132} className={classes.cards as string} />
        )}
      </div>
    </div>
  );
}

function Modules({ modules }: { modules: Module[] }) {
  const filter = useSearch({ from: "/modules" });
  if (modules.length === 0) return <NoModules />;
  const shown = matching(modules, filter);
  if (shown.length === 0) {
    return (
      <Empty title="No module matches" action={<Link to="/modules">Show all {modules.length}</Link>}>
        Nothing fits this filter.
      </Empty>
    );
  }
  return (
    <div className={classes.groups}>
      {byCategory(shown).map(([category, members]) => (
        <section key={category} aria-label={category || "Without a category"}>
          <h2 className={classes.category}>{category || "Without a category"}</h2>
          <div className={classes.cards}>
            {members.map((module) => (
              <ModuleCard key={module.id} module={module} />
            ))}
          </div>
        </section>
      ))}
    </div>
  );
}

function NoModules() {
  return (
    <Empty title="No module is declared yet">
      <p>
        A module is what you run now and then: a script that collects, converts or trains. Declare it in
        control-center.yaml beside <code>services:</code>, for example
      </p>
      <p>
        <code>{"modules: {hello: {command: [python3, hello.py]}}"}</code>
      </p>
      <p>It appears here within a second of saving.</p>
    </Empty>
  );
}

interface FiltersProps {
  modules: readonly Module[];
  input: React.RefObject<HTMLInputElement | null>;
}

function Filters({ modules, input }: FiltersProps) {
  const filter = useSearch({ from: "/modules" });
  const navigate = useNavigate();
  const change = (changes: ChangesOf<ModuleFilter>) =>
    void navigate({ to: "/modules", search: withChanges(filter, changes), replace: true });
  return (
    <div className={classes.filters}>
      <TextInput
        ref={input}
        size="xs"
        className={classes.search as string}
        aria-label="Filter the modules"
        placeholder="Filter ( / )"
        leftSection={<SearchIcon size={15} />}
        value={filter.q ?? ""}
        onChange={(event) => change({ q: event.currentTarget.value || undefined })}
        onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
      />
      <NativeSelect
        size="xs"
        aria-label="Category"
        value={filter.category ?? ""}
        onChange={(event) => change({ category: event.currentTarget.value || undefined })}
        data={[
          { value: "", label: "All categories" },
          ...sorted(modules.flatMap(({ category }) => branches(category))),
        ]}
      />
      <Chips label="Tag">
        {sorted(modules.flatMap(({ tags }) => tags)).map((tag) => (
          <Chip
            key={tag}
            on={filter.tag?.includes(tag) ?? false}
            toggle={() => change({ tag: toggled(filter.tag, tag) })}
          >
            #{tag}
          </Chip>
        ))}
      </Chips>
    </div>
  );
}

/** `a/b` is in `a` too. */
function branches(category: string): string[] {
  const parts = category.split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
