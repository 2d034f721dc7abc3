//! API Gateway, its newer half: HTTP APIs whose routes are answered by functions.
//!
//! An [`HttpApi`] has [`Route`]s. Who may call a route is said of each, and is by default who signs requests; an
//! [`JwtAuthorizer`] looks at tokens. An [`ApiDomain`] gives the API a name of one's own.

mod authorizer;
mod domain;
mod http_api;
mod route;

pub use authorizer::{JwtAuthorizer, JwtAuthorizerProps};
pub use domain::{ApiDomain, ApiDomainProps};
pub use http_api::{HttpApi, HttpApiProps, HttpApiRef, HttpCors, Throttling};
pub use route::Route;
