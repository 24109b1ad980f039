import type { Module, Parameter } from "@/api/types";

/** A module that can be run and asks for nothing, or what is made of it. */
export function module(differences: Partial<Module> = {}): Module {
  return {
    id: "train",
    name: "Train",
    description: "Trains a model",
    category: "",
    version: "1.0.0",
    tags: [],
    status: "active",
    enabled: true,
    runnable: true,
    unavailable: null,
    origin: "configuration",
    file: "/home/me/control-center.yaml",
    script_path: null,
    command: ["python3", "train.py"],
    cwd: "/home/me",
    parameters: [],
    passing: "arguments",
    timeout: null,
    retries: 0,
    concurrency: null,
    exclusive: [],
    priority: 0,
    outputs: [],
    total_runs: 0,
    success_rate: 0,
    last_run: null,
    ...differences,
  };
}

/** An optional text, or what is made of it. */
export function parameter(differences: Partial<Parameter> = {}): Parameter {
  return {
    name: "note",
    type: "text",
    default: null,
    options: [],
    required: false,
    description: "",
    label: null,
    placeholder: null,
    warning: null,
    integer: false,
    min: null,
    max: null,
    step: null,
    multiple: false,
    conditional_display: null,
    validation: null,
    secret: false,
    ...differences,
  };
}
