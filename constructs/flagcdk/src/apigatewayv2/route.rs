//! Routes: what is called, and who may.

use std::borrow::Cow;

use flagcdk_core::Scope;

use super::JwtAuthorizer;
use crate::lambda::FunctionRef;

/// What of an [`HttpApi`](super::HttpApi) is called, who answers, and who may call.
///
/// ```
/// use flagcdk::apigatewayv2::Route;
/// use flagcdk::lambda::FunctionRef;
///
/// let orders = FunctionRef::from_name("orders");
/// let signed = Route::to("GET /orders/{id}", &orders);
/// let open = Route::to("GET /health", &orders).open_to_anyone();
/// ```
///
/// See [routes](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html).
#[derive(Clone, Debug)]
pub struct Route {
    pub(super) key: Cow<'static, str>,
    pub(super) function: FunctionRef,
    pub(super) access: Access,
}

#[derive(Clone, Debug)]
pub(super) enum Access {
    Signed,
    Token { authorizer: JwtAuthorizer, scopes: Vec<String> },
    Anyone,
}

const METHODS: [&str; 8] = ["ANY", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "DELETE"];

impl Route {
    /// A method and a path, such as `GET /orders/{id}`, `ANY /{rest+}`, or `$default` for what no other route is about. It is
    /// answered by a function, or an alias of one, and called with signed requests until something else is said.
    pub fn to(key: impl Into<Cow<'static, str>>, function: &impl AsRef<FunctionRef>) -> Self {
        Self { key: key.into(), function: function.as_ref().clone(), access: Access::Signed }
    }

    /// Who has a token that the authorizer knows may call.
    #[must_use]
    pub fn for_tokens(self, authorizer: &JwtAuthorizer) -> Self {
        self.for_tokens_with(authorizer, [])
    }

    /// Who has a token that the authorizer knows, with one of these scopes, may call.
    #[must_use]
    pub fn for_tokens_with<const N: usize>(mut self, authorizer: &JwtAuthorizer, scopes: [&str; N]) -> Self {
        let scopes = scopes.map(str::to_owned).into();
        self.access = Access::Token { authorizer: authorizer.clone(), scopes };
        self
    }

    /// Everybody in the world may call. The function itself must look at who calls, or not care.
    #[must_use]
    pub fn open_to_anyone(mut self) -> Self {
        self.access = Access::Anyone;
        self
    }

    /// The method and the path as the ARN of what is called has them, with `*` for what differs.
    pub(super) fn arn_suffix(&self) -> String {
        match self.key.split_once(' ') {
            None => self.key.clone().into_owned(),
            Some((method, path)) => {
                let parts = path.split('/').map(|part| if part.starts_with('{') { "*" } else { part });
                let method = if method == "ANY" { "*" } else { method };
                format!("{method}{}", parts.collect::<Vec<_>>().join("/"))
            }
        }
    }

    /// The route as the id of a construct: `GetOrdersId`.
    pub(super) fn id(&self) -> String {
        let mut id = String::new();
        for word in self.key.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
            let word = if METHODS.contains(&word) { word.to_ascii_lowercase() } else { word.to_owned() };
            let (first, rest) = word.split_at(1);
            id.push_str(&first.to_ascii_uppercase());
            id.push_str(rest);
        }
        id
    }

    pub(super) fn check(&self, scope: &Scope) {
        let key = &self.key;
        let fits = match key.split_once(' ') {
            None => key == "$default",
            Some((method, path)) => {
                let parts: Vec<&str> = path.split('/').collect();
                let variable =
                    |part: &str| part.starts_with('{') == part.ends_with('}') && part != "{}" && part != "{+}";
                let greedy = parts.iter().position(|part| part.ends_with("+}"));
                METHODS.contains(&method)
                    && path.starts_with('/')
                    && !path.contains(' ')
                    && parts.iter().all(|part| variable(part))
                    && greedy.is_none_or(|place| place + 1 == parts.len())
            }
        };
        if !fits {
            scope.error(
                "apigatewayv2::route",
                format!("`{key}` is no route"),
                "write a method and a path, such as `GET /orders/{id}`, with `{rest+}` at the end alone, or `$default`",
            );
        }
    }
}
