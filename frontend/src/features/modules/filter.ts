/** Which modules the catalogue shows; all of it lives in the URL. */
import type { Module } from "@/api/types";
import { listOf } from "@/searchParameters";

export interface ModuleFilter {
  q?: string;
  tag?: string[];
  category?: string;
}

/** Reads a filter out of search parameters that anyone may have typed. */
export function readModuleFilter(search: Record<string, unknown>): ModuleFilter {
  const tag = listOf(search.tag);
  return {
    ...(search.q ? { q: String(search.q) } : {}),
    ...(tag.length > 0 ? { tag } : {}),
    ...(search.category ? { category: String(search.category) } : {}),
  };
}

/** Every word of `q` must occur somewhere; any of the tags; the category or one below it. */
export function matching(modules: readonly Module[], { q, tag, category }: ModuleFilter): Module[] {
  const wanted = (q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return modules.filter((module) => {
    const text = [module.name, module.id, module.description, module.category, ...module.tags]
      .join(" ")
      .toLowerCase();
    return (
      wanted.every((word) => text.includes(word)) &&
      (!tag || tag.some((one) => module.tags.includes(one))) &&
      (!category || `${module.category}/`.startsWith(`${category}/`))
    );
  });
}

/** By the first part of the category, and then by the rest of it and by name; those without one last. */
export function byCategory(modules: readonly Module[]): [string, Module[]][] {
  const groups = new Map<string, Module[]>();
  for (const module of modules) {
    const [first = ""] = module.category.split("/");
    groups.set(first, [...(groups.get(first) ?? []), module]);
  }
  const after = ([a]: [string, Module[]], [b]: [string, Module[]]) =>
    a === "" ? 1 : b === "" ? -1 : a.localeCompare(b);
  return [...groups].sort(after).map(([category, all]) => [category, all.sort(within)]);
}

function within(a: Module, b: Module): number {
  return a.category.localeCompare(b.category) || a.name.localeCompare(b.name);
}

/** All that occur, in the order of the alphabet. */
export function sorted(words: Iterable<string>): string[] {
  return [...new Set(words)].filter(Boolean).sort((a, b) => a.localeCompare(b));
}
