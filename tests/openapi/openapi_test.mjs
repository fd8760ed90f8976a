// docs/openapi.yaml: valid OpenAPI 3.1, and it has exactly the routes of the daemon, each with the captures of its path.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Validator } from "@seriousme/openapi-schema-validator";

const TOP = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const METHODS = ["get", "post", "patch", "put", "delete"];

/** "get /tail/{stream}/{file}" for each row of the table in routes.cpp. */
function routesOfTheDaemon() {
  const source = readFileSync(join(TOP, "daemon/http/routes.cpp"), "utf8");
  const table = /constexpr Route kRoutes\[\] = \{([^]*?)\n\};/.exec(source)[1];
  return [...table.matchAll(/\{Method::k(\w+),\s*"([^"]+)"/g)].map(
    ([, method, path]) => `${method.toLowerCase()} ${path.replaceAll("*}", "}")}`,
  );
}

describe("docs/openapi.yaml", () => {
  let result;
  let document;
  before(async () => {
    const validator = new Validator();
    result = await validator.validate(join(TOP, "docs/openapi.yaml"));
    assert.ok(result.valid, JSON.stringify(result.errors, null, 1));
    assert.equal(validator.version, "3.1");
    document = validator.specification;
  });

  const operations = () =>
    Object.entries(document.paths).flatMap(([path, item]) => METHODS.filter((method) => item[method]).map((method) => `${method} ${path}`));
  const resolved = (object) =>
    object.$ref ? object.$ref.slice(2).split("/").reduce((part, name) => part[name], document) : object;

  test("has each route of the daemon and no other", () => {
    const routes = routesOfTheDaemon();
    assert.ok(routes.length > 25, `${routes}`);
    assert.deepEqual(operations().sort(), routes.sort());
  });

  test("says what stands in a path, and answers each operation", () => {
    for (const [path, item] of Object.entries(document.paths)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const method of METHODS.filter((one) => item[one])) {
        const parameters = [...(item.parameters ?? []), ...(item[method].parameters ?? [])].map(resolved);
        const inPath = parameters.filter((one) => one.in === "path").map((one) => one.name);
        assert.deepEqual(inPath.sort(), named.sort(), `${method} ${path}`);
        assert.ok(parameters.every((one) => one.description), `${method} ${path}: a parameter without a description`);
        assert.ok(item[method].summary, `${method} ${path}`);
        assert.ok(Object.keys(item[method].responses).length > 0, `${method} ${path}`);
      }
    }
  });

  test("has no two operations of one name, and no reference to nothing", () => {
    const names = Object.values(document.paths).flatMap((item) => METHODS.map((method) => item[method]?.operationId).filter(Boolean));
    assert.equal(new Set(names).size, names.length);
    assert.equal(names.length, operations().length);
    for (const [, reference] of readFileSync(join(TOP, "docs/openapi.yaml"), "utf8").matchAll(/\$ref: "([^"]+)"/g)) {
      assert.ok(resolved({ $ref: reference }), reference);
    }
  });
});
