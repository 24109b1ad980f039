/** What a daemon with a knowledge base tells, for tests to change. */
import type { Agent, Creator, FoundFile, KnowledgeStats } from "@/api/types";

export function statsOf(changes: Partial<KnowledgeStats> = {}): KnowledgeStats {
  return {
    total_creators: 1,
    total_files: 2,
    total_size_bytes: 2048,
    total_size_mb: 0,
    recent_files_7d: 1,
    files_by_agent: { "art-director": 2 },
    by_type: { markdown: 2 },
    by_category: { rigging: 2 },
    faulty_files: 0,
    last_scan: "2026-11-21T08:00:00Z",
    kb_status: "active",
    roots: ["/home/me/notes"],
    scan: null,
    trouble: [],
    ...changes,
  };
}

export function foundFile(changes: Partial<FoundFile> = {}): FoundFile {
  return {
    id: "6a0e2f4c9b1d3e5f7081",
    path: "/home/me/notes/rigging/bones.md",
    name: "bones.md",
    title: "Bones",
    type: "markdown",
    agent: "art-director",
    sub_agent: null,
    category: "rigging",
    creator: "instasd",
    date: "2025-11-07",
    confidence: 0.9,
    size: 1024,
    created: "2026-11-20T08:00:00Z",
    modified: "2026-11-21T08:00:00Z",
    fault: null,
    score: 2,
    match_count: 1,
    preview: "weights of bones",
    line: 7,
    snippets: [{ line: 7, text: "weights of bones", highlights: [[0, 7]] }],
    ...changes,
  };
}

export function creatorOf(id: string, changes: Partial<Creator> = {}): Creator {
  const times = { last_scan: null, last_tried: null, due_at: null };
  return { id, name: id, priority: "low", failures: 0, due: false, fetching: false, ...times, ...changes };
}

export function agentOf(id: string, changes: Partial<Agent> = {}): Agent {
  return {
    id,
    level: "L1",
    name: id,
    title: id,
    role: "",
    task: null,
    description: "",
    objective: "",
    responsibilities: [],
    permissions: { read_write: [], read_only: [] },
    tools: [],
    capabilities: [],
    parent: null,
    parent_l1: null,
    parent_l2: null,
    child_count: 0,
    knowledge_files: 0,
    source: "AGENT.md",
    file_id: "6a0e2f4c9b1d3e5f7081",
    has_content: true,
    word_count: 1,
    sections: 1,
    ...changes,
  };
}
