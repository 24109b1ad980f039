import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import Markdown from "./Markdown";

it("lets nothing in a text act", () => {
  const { container } = render(
    <Markdown
      line={undefined}
      text={[
        "<script>window.bad = 1</script><img src=x onerror='window.bad = 1'>",
        "![secret](http://tracker.example/pixel.png)",
        "[click](javascript:alert(1)) [file](file:///etc/passwd) [beside](other.md) [away](https://example.org/)",
      ].join("\n\n")}
    />,
  );
  expect(container.querySelectorAll("script, img, iframe, object")).toHaveLength(0);
  expect([...container.querySelectorAll("a")].map((link) => link.getAttribute("href"))).toEqual([
    "https://example.org/",
  ]);
  expect(screen.getByText("Picture: secret")).toBeVisible();
});

it("lights up the innermost block that holds the line", () => {
  const text = "# Title\n\n- one\n- two\n  - three\n\nlast\n";
  const { container } = render(<Markdown text={text} line={5} />);
  expect(container.querySelectorAll("[data-lit]")).toHaveLength(1);
  expect(container.querySelector("[data-lit]")).toHaveTextContent(/^three$/);
});

it("puts headings below that of the page, and lists and tables as they are meant", () => {
  render(<Markdown text={"# Title\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- [x] tried\n"} line={undefined} />);
  expect(screen.getByRole("heading", { level: 2, name: "Title" })).toBeVisible();
  expect(screen.getByRole("cell", { name: "2" })).toBeVisible();
  expect(screen.getByLabelText("done")).toBeVisible();
});
