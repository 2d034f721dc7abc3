//! Functions.

use std::collections::BTreeMap;

use flagcdk_cfn as cfn;
use flagcdk_core::{Arn, Expr, IntoValue, Scope, Value};
use typed_builder::TypedBuilder;

use super::{Code, ExecutionRole, ExecutionRoleProps, FunctionRef, LayerRef};
use crate::iam::{Grantee, Permissions, Role, Statement};
use crate::kms::KeyRef;
use crate::logs::LogGroup;
use crate::sqs::QueueRef;

/// How a [`Function`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct FunctionProps {
    /// What runs.
    code: Code,
    /// Which of the functions that the code holds runs: a binary finds it in the variable `_HANDLER`. By default
    /// `bootstrap`, for a binary that holds one, and `index.handler` for inline code.
    #[builder(default, setter(into, strip_option))]
    handler: Option<Value<String>>,
    /// What the function is for; by default nothing is said.
    #[builder(default, setter(into, strip_option))]
    description: Option<Value<String>>,
    /// For how many seconds it may run, 900 at most; by default 10.
    #[builder(default = 10)]
    timeout_seconds: u16,
    /// How many MB of memory it has, 128 to 10,240, and a share of CPU that grows with them; by default 256.
    #[builder(default = 256)]
    memory_mb: u16,
    /// How many MB of files it may have in `/tmp`, 512 to 10,240; by default 512.
    #[builder(default = 512)]
    temporary_storage_mb: u16,
    /// Layers that its code may use, five at most; by default none.
    #[builder(default, setter(into))]
    layers: Vec<LayerRef>,
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
/// Its logs are JSON, in a group that is made with it. What it runs, and by which runtime, is said by its [`Code`].
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
    pub(super) reference: FunctionRef,
    scope: Scope,
    execution_role: ExecutionRole,
    /// A text that is another one whenever the code is.
    pub(super) code_identity: Value<String>,
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

        let (function, code_identity) = props.code.apply(&scope, props.handler);
        let logging =
            cfn::lambda::function::LoggingConfig::new().log_group(execution_role.log_group.name()).log_format("JSON");
        let mut function = function
            .role(execution_role.role.arn())
            .timeout(props.timeout_seconds)
            .memory_size(props.memory_mb)
            .tracing_config(cfn::lambda::function::TracingConfig::new().mode("Active"))
            .logging_config(logging);
        if let Some(description) = props.description {
            function = function.description(description);
        }
        if props.temporary_storage_mb != 512 {
            let storage = cfn::lambda::function::EphemeralStorage::new().size(props.temporary_storage_mb);
            function = function.ephemeral_storage(storage);
        }
        if !props.layers.is_empty() {
            function = function.layers(props.layers.iter().map(LayerRef::arn).collect::<Vec<_>>());
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
        let arn = handle.get(cfn::lambda::Function::ARN);
        let reference = FunctionRef { arn, name: handle.reference(), qualified: None };
        Self { reference, scope, execution_role, code_identity }
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
    if !(512..=10_240).contains(&props.temporary_storage_mb) {
        let got = props.temporary_storage_mb;
        scope.error(
            "lambda::temporary-storage",
            format!("`/tmp` has {got} MB, wanted 512 to 10240"),
            "choose a size in that range",
        );
    }
    if props.layers.len() > 5 {
        let got = props.layers.len();
        scope.error(
            "lambda::layers",
            format!("the function has {got} layers, Lambda allows 5"),
            "put what they hold into one",
        );
    }
    let legal = |name: &str| {
        name.len() > 1
            && name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    for name in props.environment.keys().filter(|name| !legal(name)) {
        scope.error(
            "lambda::environment-name",
            format!("`{name}` cannot be the name of a variable"),
            "use two or more ASCII letters, digits and `_`, and begin with a letter",
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
