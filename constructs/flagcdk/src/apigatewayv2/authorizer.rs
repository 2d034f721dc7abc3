//! Who looks at tokens.

use flagcdk_cfn as cfn;
use flagcdk_core::{Scope, Value};
use typed_builder::TypedBuilder;

use super::HttpApiRef;

/// How a [`JwtAuthorizer`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct JwtAuthorizerProps {
    /// The API.
    #[builder(setter(into))]
    api: HttpApiRef,
    /// Who makes the tokens: the URL before `/.well-known/openid-configuration`.
    #[builder(setter(into))]
    issuer: Value<String>,
    /// Whom tokens must be for: one of these, such as the id of an app client.
    #[builder(setter(into))]
    audiences: Vec<Value<String>>,
    /// Where the token is; by default in the header `Authorization`.
    #[builder(default = "$request.header.Authorization")]
    identity_source: &'static str,
}

/// Lets in who has a token (a JWT) of an issuer, such as a user pool.
///
/// ```
/// use flagcdk::apigatewayv2::{HttpApi, HttpApiProps, JwtAuthorizer, JwtAuthorizerProps, Route};
/// use flagcdk::lambda::FunctionRef;
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Api", Placement::Home);
/// let api = HttpApi::new(&stack, "Api", HttpApiProps::builder().build());
/// let props = JwtAuthorizerProps::builder()
///     .api(&api)
///     .issuer("https://login.example.com/")
///     .audiences(["shop".into()])
///     .build();
/// let customers = JwtAuthorizer::new(&stack, "Customers", props);
/// let orders = FunctionRef::from_name("orders");
/// api.route(Route::to("GET /orders", &orders).for_tokens_with(&customers, ["orders:read"]));
/// assert!(app.synth()?.template("Api").contains("JwtConfiguration"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [JWT authorizers](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html) and
/// [AWS::ApiGatewayV2::Authorizer](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-authorizer.html).
#[derive(Clone, Debug)]
pub struct JwtAuthorizer {
    pub(super) id: Value<String>,
}

impl JwtAuthorizer {
    /// Makes the authorizer.
    pub fn new(scope: &Scope, id: &str, props: JwtAuthorizerProps) -> Self {
        let scope = scope.construct(id);
        if props.audiences.is_empty() {
            scope.error(
                "apigatewayv2::audience",
                "the authorizer has no audience: it would take tokens that are for others",
                "name the app client or the API that tokens are for",
            );
        }
        let jwt = cfn::apigatewayv2::authorizer::JWTConfiguration::new().issuer(props.issuer).audience(props.audiences);
        let authorizer = cfn::apigatewayv2::Authorizer::new()
            .api_id(props.api.id())
            .authorizer_type("JWT")
            .name(scope.id())
            .identity_source([props.identity_source])
            .jwt_configuration(jwt);
        Self { id: scope.add("Resource", authorizer).get(cfn::apigatewayv2::Authorizer::AUTHORIZER_ID) }
    }

    /// The id.
    pub fn id(&self) -> Value<String> {
        self.id.clone()
    }
}
