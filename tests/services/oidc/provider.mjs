// An OpenID provider (npm's oidc-provider) for tests: whoever types a name is logged in by it. Its pages are its own: those
// that come with the package load fonts from elsewhere. Settings: argv[2] is JSON with port, issuer, client and secret.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const { modules, issuer, port, client, secret, redirect, after } = JSON.parse(process.argv[2]);
const found = createRequire(`${modules}/package.json`).resolve("oidc-provider");
const { Provider } = await import(pathToFileURL(found));

const provider = new Provider(issuer, {
  clients: [{
    client_id: client, client_secret: secret, redirect_uris: [redirect], post_logout_redirect_uris: [after],
    grant_types: ["authorization_code"], response_types: ["code"],
  }],
  cookies: { keys: ["only for tests"] },
  claims: { openid: ["sub"], profile: ["name"], email: ["email"] },
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: false },
    rpInitiatedLogout: {
      logoutSource(context, form) {
        context.body = `<!doctype html><html lang="en"><title>Provider</title><h1>Log out?</h1>${form}
<button form="op.logoutForm" name="logout" value="yes">Log out</button>`;
      },
    },
  },
  renderError(context, said) { context.body = JSON.stringify(said); },
  findAccount: (_, id) => ({
    accountId: id,
    claims: async () => ({ sub: id, name: id.replace("-", " "), email: `${id}@example.org` }),
  }),
  async loadExistingGrant(context) {
    const grant = new context.oidc.provider.Grant({
      clientId: context.oidc.client.clientId, accountId: context.oidc.session.accountId,
    });
    grant.addOIDCScope("openid profile email");
    await grant.save();
    return grant;
  },
});
provider.use(async (context, next) => {
  const begun = /^\/interaction\/[\w-]+$/.test(context.path);
  if (!begun) return next();
  if (context.method === "GET") {
    context.type = "html";
    context.body = `<!doctype html><html lang="en"><title>Provider</title><h1>Provider</h1>
<form method="post"><label>Name <input name="login"></label> <button>Log in</button></form>`;
    return undefined;
  }
  let body = "";
  for await (const piece of context.req) body += piece;
  const accountId = new URLSearchParams(body).get("login");
  return provider.interactionFinished(context.req, context.res, { login: { accountId } });
});
provider.listen(port, "127.0.0.1", () => console.log("ready"));
