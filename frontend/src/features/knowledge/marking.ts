/** What is done to a Markdown text before it is drawn. */

/** A node of the tree of HTML, as far as it is looked at. */
interface Node {
  type: string;
  children?: Node[];
  properties?: Record<string, unknown>;
  position?: { start: { line: number }; end: { line: number } } | undefined;
}

const INLINE = /^(a|b|br|code|del|em|i|img|input|mark|s|span|strong|sub|sup)$/;

/** For `rehypePlugins`: marks the innermost block in which a line is. */
export function litAt(line: number) {
  return (tree: Node) => {
    let found: Node | undefined;
    let inside: Node | undefined = tree;
    while (inside) {
      inside = inside.children?.find((child) => isBlock(child) && holds(child, line));
      found = inside ?? found;
    }
    if (found) found.properties = { ...found.properties, "data-lit": "" };
  };
}

function isBlock(node: Node): boolean {
  return node.type === "element" && !INLINE.test((node as Node & { tagName: string }).tagName);
}

function holds({ position }: Node, line: number): boolean {
  return position !== undefined && position.start.line <= line && line <= position.end.line;
}

const FRONT_MATTER = /^---\n([\s\S]*?\n)---(?=\n|$)/;

/** Settings at the beginning would read as a heading; as code they keep their lines. */
export function frontMatterShown(text: string): string {
  return text.replace(FRONT_MATTER, (_, settings: string) => `~~~yaml\n${settings}~~~`);
}
