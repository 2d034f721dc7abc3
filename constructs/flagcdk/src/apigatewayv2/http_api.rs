//! HTTP APIs.

use std::cell::RefCell;
use std::rc::Rc;

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, Expr, IntoValue, Scope, Value, text};
use typed_builder::TypedBuilder;

use super::Route;
use super::route::Access;
#[cfg(feature = "cloudwatch")]
use crate::cloudwatch::{Metric, Statistic};
use crate::iam::{Grantee, Statement};
use crate::json_text::json_text;
use crate::kms::KeyRef;
use crate::lambda::FunctionRef;
use crate::logs::{LogGroup, LogGroupProps};
use crate::reference::reference;

/// How an [`HttpApi`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct HttpApiProps {
    /// What the API is for; by default nothing is said.
    #[builder(default, setter(into, strip_option))]
    description: Option<Value<String>>,
    /// From which pages browsers may call it; by default from none but its own.
    #[builder(default, setter(strip_option))]
    cors: Option<HttpCors>,
    /// How many calls a route takes; by default 500 a second, and 1,000 at once.
    #[builder(default = Throttling { rate: 500, burst: 1000 })]
    throttling: Throttling,
    /// Whether it is called by its own names alone, such as an [`ApiDomain`](super::ApiDomain); by default also by the one
    /// that AWS gives it.
    #[builder(default)]
    own_domains_only: bool,
    /// The key that encrypts the log of calls; by default CloudWatch Logs has one of its own.
    #[builder(default, setter(into))]
    encryption_key: Option<KeyRef>,
    /// For how many days the log of calls is kept; by default 365.
    #[builder(default = 365)]
    log_retention_days: u32,
}

/// How many calls a route takes. What is more is answered with 429.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttling {
    /// Calls in a second.
    pub rate: u32,
    /// Calls at once.
    pub burst: u32,
}

/// From which pages browsers may call an [`HttpApi`].
#[derive(Clone, Debug, PartialEq, TypedBuilder)]
pub struct HttpCors {
    /// The pages' origins, such as `https://shop.example.com`.
    #[builder(setter(into))]
    origins: Vec<Value<String>>,
    /// The methods; by default `GET`.
    #[builder(default = vec!["GET"], setter(into))]
    methods: Vec<&'static str>,
    /// The headers that a request may have; by default none but those that always may.
    #[builder(default, setter(into))]
    headers: Vec<&'static str>,
    /// Whether cookies and the like are sent along; by default they are not.
    #[builder(default)]
    credentials: bool,
    /// For how many seconds a browser remembers that it may; by default 3,600.
    #[builder(default = 3600)]
    max_age_seconds: u32,
}

/// An HTTP API with one stage, whose every call is logged and whose routes are answered by functions.
///
/// ```
/// use flagcdk::apigatewayv2::{HttpApi, HttpApiProps, Route};
/// use flagcdk::lambda::{Code, Function, FunctionProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Api", Placement::Home);
/// let orders = Function::new(&stack, "Orders", FunctionProps::builder().code(Code::cargo("orders")).build());
/// let api = HttpApi::new(&stack, "Api", HttpApiProps::builder().build());
/// api.route(Route::to("GET /orders/{id}", &orders));
/// api.route(Route::to("GET /health", &orders).open_to_anyone());
/// stack.output("Url", api.url());
/// assert!(app.synth()?.template("Api").contains("AWS_IAM"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [HTTP APIs](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html) and
/// [AWS::ApiGatewayV2::Api](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-api.html).
#[derive(Clone, Debug)]
pub struct HttpApi {
    reference: HttpApiRef,
    scope: Scope,
    url: Value<String>,
    integrations: Rc<RefCell<Integrations>>,
}

/// An HTTP API, owned or imported.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpApiRef {
    id: Value<String>,
    stage: Value<String>,
}

/// The functions that answer already, and the ids of the integrations with them.
type Integrations = Vec<(FunctionRef, Value<String>)>;

/// The stage that is called without its name.
const STAGE: &str = "$default";

impl HttpApi {
    /// Makes the API, its stage and its log.
    pub fn new(scope: &Scope, id: &str, props: HttpApiProps) -> Self {
        use cfn::apigatewayv2::stage as property;

        let scope = scope.construct(id);
        check(&scope, &props);
        let mut api = cfn::apigatewayv2::Api::new()
            .protocol_type("HTTP")
            .name(text![Value::stack_name(), "-", scope.id()])
            .disable_execute_api_endpoint(props.own_domains_only);
        if let Some(description) = props.description {
            api = api.description(description);
        }
        if let Some(cors) = props.cors {
            api = api.cors_configuration(cors.into_property());
        }
        let api = scope.add("Resource", api);
        let logs = LogGroupProps::builder()
            .encryption_key(props.encryption_key)
            .retention_days(props.log_retention_days)
            .build();
        let logs = LogGroup::new(&scope, "AccessLog", logs);
        let own = text!["arn:", Value::partition(), ":logs:", Value::region(), ":", Value::account_id()];
        let access_log = property::AccessLogSettings::new()
            .destination_arn(text![own, ":log-group:", logs.name()])
            .format(access_log_format());
        let throttling = property::RouteSettings::new()
            .throttling_rate_limit(props.throttling.rate)
            .throttling_burst_limit(props.throttling.burst)
            .detailed_metrics_enabled(true);
        let stage = cfn::apigatewayv2::Stage::new()
            .api_id(api.reference())
            .stage_name(STAGE)
            .auto_deploy(true)
            .access_log_settings(access_log)
            .default_route_settings(throttling);
        let stage = scope.add("Stage", stage).reference();
        Self {
            reference: HttpApiRef { id: api.reference(), stage },
            scope,
            url: api.get(cfn::apigatewayv2::Api::API_ENDPOINT),
            integrations: Rc::default(),
        }
    }

    /// Adds a route, and lets it invoke its function.
    pub fn route(&self, route: Route) {
        route.check(&self.scope);
        let scope = self.scope.construct(&route.id());
        let permission = cfn::lambda::Permission::new()
            .action("lambda:InvokeFunction")
            .function_name(route.function.arn())
            .principal("apigateway.amazonaws.com")
            .source_arn(text![self.reference.execute_arn(), "/*/", route.arn_suffix()]);
        scope.add("Invoke", permission);
        let mut property = cfn::apigatewayv2::Route::new()
            .api_id(self.reference.id())
            .route_key(&*route.key)
            .target(text!["integrations/", self.integration(&route.function)]);
        property = match route.access {
            Access::Signed => property.authorization_type("AWS_IAM"),
            Access::Anyone => property.authorization_type("NONE"),
            Access::Token { authorizer, scopes } => {
                let property = property.authorization_type("JWT").authorizer_id(authorizer.id());
                if scopes.is_empty() { property } else { property.authorization_scopes(scopes) }
            }
        };
        scope.add("Resource", property);
    }

    /// The id.
    pub fn id(&self) -> Value<String> {
        self.reference.id()
    }

    /// The address that AWS gives it, `https://<id>.execute-api.<region>.amazonaws.com`.
    pub fn url(&self) -> Value<String> {
        self.url.clone()
    }

    /// The integration with a function, one for all of its routes.
    fn integration(&self, function: &FunctionRef) -> Value<String> {
        let mut known = self.integrations.borrow_mut();
        if let Some((_, id)) = known.iter().find(|(other, _)| other == function) {
            return id.clone();
        }
        let integration = cfn::apigatewayv2::Integration::new()
            .api_id(self.reference.id())
            .integration_type("AWS_PROXY")
            .integration_uri(function.arn())
            .payload_format_version("2.0");
        let id = self.scope.add(&format!("Integration{}", known.len() + 1), integration).reference();
        known.push((function.clone(), id.clone()));
        id
    }
}

impl HttpApiRef {
    /// An API of the same account and region that exists already, with a stage that is called without its name.
    pub fn from_id(id: impl IntoValue<String>) -> Self {
        Self { id: id.into_value(), stage: STAGE.into() }
    }

    /// The id.
    pub fn id(&self) -> Value<String> {
        self.id.clone()
    }

    /// The ARN of what is called, which permissions are about: below it come stage, method and path.
    pub fn execute_arn(&self) -> Value<Arn> {
        let place = text![":execute-api:", Value::region(), ":", Value::account_id(), ":"];
        text!["arn:", Value::partition(), place, &self.id].cast()
    }

    /// Lets somebody call a route with signed requests: its method, or `*`, and its path, with `*` for what may differ.
    pub fn grant_call(&self, method: &str, path: &str, grantee: &impl Grantee) {
        let route = text![self.execute_arn(), format!("/*/{method}{path}")];
        grantee.grant("CallApi", vec![Statement::allow(["execute-api:Invoke"]).on(route)]);
    }

    /// How many calls there were.
    ///
    /// See [metrics of HTTP APIs](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html).
    #[cfg(feature = "cloudwatch")]
    pub fn metric_calls(&self) -> Metric {
        self.metric("Count")
    }

    /// How many calls were answered with a mistake of the caller's.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_client_errors(&self) -> Metric {
        self.metric("4xx")
    }

    /// How many calls were answered with a mistake of the server's.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_server_errors(&self) -> Metric {
        self.metric("5xx")
    }

    /// How many milliseconds an answer took: what 95 of a hundred stay below.
    #[cfg(feature = "cloudwatch")]
    pub fn metric_latency(&self) -> Metric {
        self.metric("Latency").statistic(Statistic::P95)
    }

    /// The sum over a minute of another metric of API Gateway.
    #[cfg(feature = "cloudwatch")]
    pub fn metric(&self, name: &'static str) -> Metric {
        Metric::new("AWS/ApiGateway", name).dimension("ApiId", &self.id)
    }

    pub(super) fn stage(&self) -> Value<String> {
        self.stage.clone()
    }
}

reference!(HttpApi => HttpApiRef);

impl HttpCors {
    fn into_property(self) -> cfn::apigatewayv2::api::Cors {
        let mut cors = cfn::apigatewayv2::api::Cors::new()
            .allow_origins(self.origins)
            .allow_methods(self.methods)
            .allow_credentials(self.credentials)
            .max_age(self.max_age_seconds);
        if !self.headers.is_empty() {
            cors = cors.allow_headers(self.headers);
        }
        cors
    }
}

/// What is logged of each call.
///
/// See [logging variables](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html).
fn access_log_format() -> Value<String> {
    let fields = [
        ("requestId", "$context.requestId"),
        ("time", "$context.requestTime"),
        ("ip", "$context.identity.sourceIp"),
        ("route", "$context.routeKey"),
        ("path", "$context.path"),
        ("status", "$context.status"),
        ("bytes", "$context.responseLength"),
        ("latency", "$context.responseLatency"),
        ("error", "$context.error.message"),
        ("integrationError", "$context.integrationErrorMessage"),
        ("authorizerError", "$context.authorizer.error"),
    ];
    json_text(&Expr::map(fields.map(|(name, variable)| (name, Expr::from(variable)))))
}

fn check(scope: &Scope, props: &HttpApiProps) {
    if let Some(cors) = &props.cors
        && cors.credentials
        && cors.origins.iter().any(|origin| origin.literal() == Some("*"))
    {
        scope.error(
            "apigatewayv2::cors",
            "pages of every origin may send credentials, which browsers refuse",
            "name the origins",
        );
    }
    if props.throttling.rate == 0 || props.throttling.burst == 0 {
        scope.error("apigatewayv2::throttling", "no calls are taken at all", "take at least one a second and at once");
    }
}
