//! Functions.

use std::collections::BTreeMap;

use flagcdk_cfn as cfn;
use flagcdk_core::{Architecture, Arn, AssetSource, Expr, IntoValue, PublishedAsset, Scope, Value, text};
use typed_builder::TypedBuilder;

use super::{ExecutionRole, ExecutionRoleProps};
use crate::cloudwatch::{Metric, Statistic};
use crate::iam::{Grantee, Permissions, Role, Statement};
use crate::kms::KeyRef;
use crate::logs::LogGroup;
use crate::reference::reference;
use crate::sqs::QueueRef;

/// How a [`Function`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct FunctionProps {
    /// What runs.
    code: Code,
    /// Which of the functions that the binary holds runs: the binary finds it in the variable `_HANDLER`. By default
    /// `bootstrap`, for a binary that holds one.
    #[builder(default = "bootstrap".into(), setter(into))]
    handler: Value<String>,
    /// What the function is for; by default nothing is said.
    #[builder(default, setter(into, strip_option))]
    description: Option<Value<String>>,
    /// For how many seconds it may run, 900 at most; by default 10.
    #[builder(default = 10)]
    timeout_seconds: u16,
    /// How many MB of memory it has, 128 to 10,240, and a share of CPU that grows with them; by default 256.
    #[builder(default = 256)]
    memory_mb: u16,
    /// Variables of its environment, 4 KB in all; by default none.
    #[builder(default, setter(into))]
    environment: BTreeMap<String, Value<String>>,
    /// The key that encrypts the environment and the logs; by default Lambda and CloudWatch Logs have their own.
    #[builder(default, setter(into))]
    encryption_key: Option<KeyRef>,
    /// What the function may do from its first moment, beside writing logs and traces; by default nothing.
    #[builder(default)]
    permissions: Permissions,
    /// The role and log group that were made for it; by default it gets ones of its own, with `permissions`.
    #[builder(default, setter(into))]
    execution_role: Option<ExecutionRole>,
    /// The network that the function is in; by default none, which lets it reach all of AWS and the internet.
    #[builder(default, setter(into, strip_option))]
    vpc: Option<VpcAccess>,
    /// How many of it run at most, and are kept free for it of what the account has; by default neither.
    #[builder(default, setter(into))]
    reserved_concurrency: Option<u32>,
    /// Where events go that it failed on three times when called asynchronously; by default they are lost.
    #[builder(default, setter(into))]
    dead_letters: Option<QueueRef>,
    /// For how many days its logs are kept; by default 365.
    #[builder(default = 365)]
    log_retention_days: u32,
}

/// What a [`Function`] runs: a file that is zipped and published in each region before the function is made.
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    asset: String,
    source: AssetSource,
    architecture: Architecture,
}

/// Where in a network a [`Function`] is.
#[derive(Clone, Debug, PartialEq)]
pub struct VpcAccess {
    /// The ids of the subnets, better in several Availability Zones.
    pub subnets: Vec<Value<String>>,
    /// The ids of the security groups.
    pub security_groups: Vec<Value<String>>,
}

/// A function with a role and a log group of its own, traced by X-Ray.
///
/// Its runtime is `provided.al2023`, which runs a binary named `bootstrap`.
///
/// ```
/// use flagcdk::lambda::{Code, Function, FunctionProps};
/// use flagcdk::{App, Architecture, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Api", Placement::Home);
/// let code = Code::cargo_binary("shop-functions", "bootstrap", Architecture::X86_64);
/// let function = Function::new(&stack, "Orders", FunctionProps::builder().code(code).handler("orders").build());
/// stack.output("FunctionName", function.name());
/// assert!(app.synth()?.template("Api").contains("provided.al2023"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
///
/// See [AWS::Lambda::Function](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html).
#[derive(Clone, Debug)]
pub struct Function {
    reference: FunctionRef,
    scope: Scope,
    execution_role: ExecutionRole,
}

/// A function, owned or imported.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionRef {
    arn: Value<Arn>,
    name: Value<String>,
}

impl Code {
    /// A binary of a cargo package, built by `flagcdk` for the architecture. Functions that name the same binary share it.
    pub fn cargo_binary(package: &str, binary: &str, architecture: Architecture) -> Self {
        let source = AssetSource::CargoBinary { package: package.to_owned(), binary: binary.to_owned(), architecture };
        let asset = match architecture {
            Architecture::X86_64 => format!("{package}-{binary}"),
            Architecture::Arm64 => format!("{package}-{binary}-arm64"),
        };
        Self { asset, source, architecture }
    }

    /// A directory that has an executable `bootstrap` for the architecture; the path is relative to where `flagcdk` runs.
    pub fn directory(path: &str, architecture: Architecture) -> Self {
        Self { asset: path.to_owned(), source: AssetSource::Directory { path: path.to_owned() }, architecture }
    }
}

impl Function {
    /// Makes the function.
    pub fn new(scope: &Scope, id: &str, props: FunctionProps) -> Self {
        let scope = scope.construct(id);
        check(&scope, &props);
        let execution_role = match props.execution_role {
            Some(role) => {
                role.grant("Function", props.permissions.document().statements().to_vec());
                role
            }
            None => {
                let role = ExecutionRoleProps::builder()
                    .permissions(props.permissions)
                    .encryption_key(props.encryption_key.clone())
                    .log_retention_days(props.log_retention_days)
                    .in_vpc(props.vpc.is_some())
                    .dead_letters(props.dead_letters.clone());
                ExecutionRole::make(scope.clone(), role.build())
            }
        };

        let PublishedAsset { bucket, key } = scope.asset(&props.code.asset, props.code.source);
        let logging =
            cfn::lambda::function::LoggingConfig::new().log_group(execution_role.log_group.name()).log_format("JSON");
        let mut function = cfn::lambda::Function::new()
            .code(cfn::lambda::function::Code::new().s3_bucket(bucket).s3_key(key))
            .runtime("provided.al2023")
            .architectures([props.code.architecture.as_str()])
            .handler(props.handler)
            .role(execution_role.role.arn())
            .timeout(props.timeout_seconds)
            .memory_size(props.memory_mb)
            .tracing_config(cfn::lambda::function::TracingConfig::new().mode("Active"))
            .logging_config(logging);
        if let Some(description) = props.description {
            function = function.description(description);
        }
        if !props.environment.is_empty() {
            function = function.environment(cfn::lambda::function::Environment::new().variables(props.environment));
            if let Some(key) = &props.encryption_key {
                function = function.kms_key_arn(key.arn());
            }
        }
        if let Some(vpc) = props.vpc {
            let config =
                cfn::lambda::function::VpcConfig::new().subnet_ids(vpc.subnets).security_group_ids(vpc.security_groups);
            function = function.vpc_config(config);
        }
        if let Some(most) = props.reserved_concurrency {
            function = function.reserved_concurrent_executions(most);
        }
        if let Some(queue) = props.dead_letters {
            let config = cfn::lambda::function::DeadLetterConfig::new().target_arn(queue.arn());
            function = function.dead_letter_config(config);
        }
        let handle = scope.add("Resource", function);
        let reference = FunctionRef { arn: handle.get(cfn::lambda::Function::ARN), name: handle.reference() };
        Self { reference, scope, execution_role }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.reference.arn()
    }

    /// The name that CloudFormation gave it.
    pub fn name(&self) -> Value<String> {
        self.reference.name()
    }

    /// The role that it runs as.
    pub fn role(&self) -> &Role {
        &self.execution_role.role
    }

    /// The group that its logs are in.
    pub fn log_group(&self) -> &LogGroup {
        &self.execution_role.log_group
    }

    /// Lets a service invoke the function on behalf of a resource, such as `events.amazonaws.com` for a rule.
    ///
    /// See [AWS::Lambda::Permission](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-permission.html).
    pub fn allow_service(&self, id: &str, service: &'static str, source: impl IntoValue<String>) {
        let permission = cfn::lambda::Permission::new()
            .action("lambda:InvokeFunction")
            .function_name(self.arn())
            .principal(service)
            .source_account(Value::account_id())
            .source_arn(source);
        self.scope.add(id, permission);
    }
}

impl FunctionRef {
    /// A function of the same account and region that exists already.
    pub fn from_name(name: impl IntoValue<String>) -> Self {
        let name = name.into_value();
        let place = text![":lambda:", Value::region(), ":", Value::account_id(), ":function:"];
        Self { arn: text!["arn:", Value::partition(), place, &name].cast(), name }
    }

    /// The ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.arn.clone()
    }

    /// The name.
    pub fn name(&self) -> Value<String> {
        self.name.clone()
    }

    /// How often the function was invoked.
    ///
    /// See [metrics of Lambda](https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html).
    pub fn metric_invocations(&self) -> Metric {
        self.metric("Invocations")
    }

    /// How often the function failed.
    pub fn metric_errors(&self) -> Metric {
        self.metric("Errors")
    }

    /// How often the function was not run for want of concurrency.
    pub fn metric_throttles(&self) -> Metric {
        self.metric("Throttles")
    }

    /// For how many milliseconds the function ran: what 95 of a hundred calls stay below.
    pub fn metric_duration(&self) -> Metric {
        self.metric("Duration").statistic(Statistic::P95)
    }

    /// How many of the function ran at once: the most in a minute.
    pub fn metric_concurrency(&self) -> Metric {
        self.metric("ConcurrentExecutions").statistic(Statistic::Maximum)
    }

    /// The sum over a minute of another metric of Lambda.
    pub fn metric(&self, name: &'static str) -> Metric {
        Metric::new("AWS/Lambda", name).dimension("FunctionName", &self.name)
    }

    /// Lets somebody invoke the function.
    pub fn grant_invoke(&self, grantee: &impl Grantee) {
        let invoke = Statement::allow(["lambda:InvokeFunction"]).on(&self.arn).on(text![&self.arn, ":*"]);
        grantee.grant("InvokeFunction", vec![invoke]);
    }
}

reference!(Function => FunctionRef);

impl Grantee for Function {
    fn grant(&self, name: &str, statements: Vec<Statement>) {
        self.execution_role.grant(name, statements);
    }
}

/// The most bytes that Lambda allows for the environment, names and values together.
const MAX_ENVIRONMENT: usize = 4096;

fn check(scope: &Scope, props: &FunctionProps) {
    if !(1..=900).contains(&props.timeout_seconds) {
        let got = props.timeout_seconds;
        scope.error(
            "lambda::timeout",
            format!("the timeout is {got} s, wanted 1 to 900"),
            "choose a time in that range",
        );
    }
    if !(128..=10_240).contains(&props.memory_mb) {
        let got = props.memory_mb;
        scope.error(
            "lambda::memory",
            format!("the memory is {got} MB, wanted 128 to 10240"),
            "choose a size in that range",
        );
    }
    // What is not known yet counts as nothing: ARNs and endpoints are short, lists that people write are not.
    let known = |value: &Value<String>| match value.expr() {
        Expr::Text(text) => text.len(),
        _ => 0,
    };
    let size: usize = props.environment.iter().map(|(name, value)| name.len() + known(value)).sum();
    if size > MAX_ENVIRONMENT {
        scope.error(
            "lambda::environment",
            format!("the environment has {size} bytes, Lambda allows {MAX_ENVIRONMENT}"),
            "put long values into the package, a parameter or a table instead",
        );
    }
}
