import { expect, it } from "vitest";
import { frontMatterShown } from "./marking";

it("keeps settings at the beginning as code, line for line", () => {
  expect(frontMatterShown("---\ntitle: A\n---\n# A\n")).toBe("~~~yaml\ntitle: A\n~~~\n# A\n");
  expect(frontMatterShown("# A\n\n---\nb\n---\n")).toBe("# A\n\n---\nb\n---\n");
});
