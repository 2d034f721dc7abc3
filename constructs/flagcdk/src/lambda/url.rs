//! URLs of functions.

use flagcdk_cfn as cfn;
use flagcdk_core::{Scope, Value};
use typed_builder::TypedBuilder;

use super::FunctionRef;

/// How a [`FunctionUrl`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct FunctionUrlProps {
    /// The function, or an alias of one.
    #[builder(setter(into))]
    function: FunctionRef,
    /// Who may call it; by default those whom [`FunctionRef::grant_invoke_url`] lets.
    #[builder(default)]
    callers: Caller,
    /// From which pages browsers may call it; by default from none but its own.
    #[builder(default, setter(strip_option))]
    cors: Option<UrlCors>,
    /// Whether the answer is sent while the function still writes it; by default it is sent when the function has ended.
    #[builder(default)]
    streaming: bool,
}

/// Who may call a [`FunctionUrl`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Caller {
    /// Who signs requests and is let by their policy.
    #[default]
    Signed,
    /// Everybody in the world. The function itself must look at who calls.
    Anyone,
}

/// From which pages browsers may call a [`FunctionUrl`].
#[derive(Clone, Debug, PartialEq, TypedBuilder)]
pub struct UrlCors {
    /// The pages' origins, such as `https://shop.example.com`.
    #[builder(setter(into))]
    origins: Vec<Value<String>>,
    /// The methods; by default `GET`.
    #[builder(default = vec!["GET"], setter(into))]
    methods: Vec<&'static str>,
    /// The headers that a request may have; by default none but those that always may.
    #[builder(default, setter(into))]
    headers: Vec<&'static str>,
    /// For how many seconds a browser remembers that it may; by default 3,600.
    #[builder(default = 3600)]
    max_age_seconds: u32,
}

/// An address at which a function is called over HTTPS, without anything between.
///
/// ```
/// use flagcdk::iam::Permissions;
/// use flagcdk::lambda::{Code, Function, FunctionProps, FunctionUrl, FunctionUrlProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Api", Placement::Home);
/// let function = Function::new(&stack, "Orders", FunctionProps::builder().code(Code::cargo("orders")).build());
/// let url = FunctionUrl::new(&stack, "OrdersUrl", FunctionUrlProps::builder().function(&function).build());
/// let caller = Permissions::new();
/// function.as_ref().grant_invoke_url(&caller);
/// stack.output("Url", url.url());
/// assert!(app.synth()?.template("Api").contains("AWS_IAM"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [function URLs](https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html) and
/// [AWS::Lambda::Url](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-url.html).
#[derive(Clone, Debug)]
pub struct FunctionUrl {
    url: Value<String>,
}

impl FunctionUrl {
    /// Makes the address.
    pub fn new(scope: &Scope, id: &str, props: FunctionUrlProps) -> Self {
        let scope = scope.construct(id);
        let auth = match props.callers {
            Caller::Signed => "AWS_IAM",
            Caller::Anyone => "NONE",
        };
        let mut url = cfn::lambda::Url::new()
            .auth_type(auth)
            .target_function_arn(props.function.unqualified_arn())
            .invoke_mode(if props.streaming { "RESPONSE_STREAM" } else { "BUFFERED" });
        if let Some(qualifier) = props.function.referring_qualifier() {
            url = url.qualifier(qualifier);
        }
        if let Some(cors) = props.cors {
            let mut property = cfn::lambda::url::Cors::new()
                .allow_origins(cors.origins)
                .allow_methods(cors.methods)
                .max_age(cors.max_age_seconds);
            if !cors.headers.is_empty() {
                property = property.allow_headers(cors.headers);
            }
            url = url.cors(property);
        }
        let handle = scope.add("Resource", url);
        if props.callers == Caller::Anyone {
            let function = props.function.arn();
            let by_url = cfn::lambda::Permission::new()
                .action("lambda:InvokeFunctionUrl")
                .function_name(&function)
                .principal("*")
                .function_url_auth_type("NONE");
            scope.add("AnyoneCalls", by_url);
            // What is called by the URL alone: the function is not open to everybody's API calls.
            let invoke = cfn::lambda::Permission::new()
                .action("lambda:InvokeFunction")
                .function_name(function)
                .principal("*")
                .invoked_via_function_url(true);
            scope.add("AnyoneInvokes", invoke);
        }
        Self { url: handle.get(cfn::lambda::Url::FUNCTION_URL) }
    }

    /// The address, `https://….lambda-url.<region>.on.aws/`.
    pub fn url(&self) -> Value<String> {
        self.url.clone()
    }
}
