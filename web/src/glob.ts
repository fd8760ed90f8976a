// Globs of files as the server understands them (`*`, `?`, `[a-z]`, `{a,b}`, `**`), for showing what a view's globs choose.

/** The index of the bracket that closes the one at `open`, or -1. */
function closing(glob: string, open: number, [up, down]: readonly [string, string]): number {
  let depth = 0;
  for (let at = open; at < glob.length; at += 1) {
    if (glob[at] === "\\") at += 1;
    else if (glob[at] === up) depth += 1;
    else if (glob[at] === down && (depth -= 1) === 0) return at;
  }
  return -1;
}

/** `a,{b,c}` at its outer commas. */
function alternatives(text: string): string[] {
  const parts = [""];
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const one = text[at] === "\\" ? text.slice(at, at + 2) : text.charAt(at);
    depth += one === "{" ? 1 : one === "}" ? -1 : 0;
    if (one === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += one;
    at += one.length - 1;
  }
  return parts;
}

const escaped = (text: string): string => text.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&");

function source(glob: string): string {
  let result = "";
  for (let at = 0; at < glob.length; at += 1) {
    const one = glob.charAt(at);
    const rest = glob.slice(at);
    const close = one === "{" ? closing(glob, at, ["{", "}"]) : one === "[" ? glob.indexOf("]", at + (/^\[[!^]?\]/.test(rest) ? 3 : 1)) : -1;
    if (close !== -1 && one === "{") {
      result += `(?:${alternatives(glob.slice(at + 1, close)).map(source).join("|")})`;
      at = close;
    } else if (close !== -1) {
      const [, not, members = ""] = /^([!^]?)(.*)$/s.exec(glob.slice(at + 1, close)) ?? [];
      result += `(?!/)[${not ? "^" : ""}${members.replace(/[\\\][^]/g, "\\$&")}]`;
      at = close;
    } else if (rest.startsWith("**")) {
      const component = rest.startsWith("**/") && (at === 0 || glob[at - 1] === "/");
      result += component ? "(?:.*/)?" : ".*";
      at += component ? 2 : 1;
    } else if (one === "*") result += "[^/]*";
    else if (one === "?") result += "[^/]";
    else if (one === "\\" && at + 1 < glob.length) result += escaped(glob.charAt((at += 1)));
    else result += escaped(one);
  }
  return result;
}

/** Does `glob` choose the file at `path`? One without a slash is about names. False for globs that the server would refuse. */
export function globMatches(glob: string, path: string): boolean {
  try {
    return new RegExp(`^${source(glob)}$`, "s").test(glob.includes("/") ? path : path.slice(path.lastIndexOf("/") + 1));
  } catch {
    return false;
  }
}
