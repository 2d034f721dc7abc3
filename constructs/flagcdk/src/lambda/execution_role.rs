//! What a function runs as.

use flagcdk_core::{Arn, Scope, Value, text};
use typed_builder::TypedBuilder;

use crate::iam::{Grantee, Permissions, Principal, Role, RoleProps, Statement};
use crate::kms::KeyRef;
use crate::logs::{LogGroup, LogGroupProps};
use crate::sqs::QueueRef;

/// How an [`ExecutionRole`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct ExecutionRoleProps {
    /// What the function may do, beside writing logs and traces; by default nothing.
    #[builder(default)]
    permissions: Permissions,
    /// The key that encrypts the logs; by default CloudWatch Logs has one of its own.
    #[builder(default, setter(into))]
    encryption_key: Option<KeyRef>,
    /// For how many days the logs are kept; by default 365.
    #[builder(default = 365)]
    log_retention_days: u32,
    /// Whether the function is in a network; by default it is not.
    #[builder(default)]
    in_vpc: bool,
    /// The function's queue for events that it failed on; by default it has none.
    #[builder(default, setter(into))]
    dead_letters: Option<QueueRef>,
}

/// The role of a function and the group of its logs.
///
/// A [`Function`](super::Function) makes one for itself. Make it first when the role must be known to something that the
/// function in turn must know, such as a domain that lets the role in and whose address the function is given.
///
/// ```
/// use flagcdk::lambda::{Code, ExecutionRole, ExecutionRoleProps, Function, FunctionProps};
/// use flagcdk::{App, Architecture, Placement, Region};
///
/// let app = App::new("shop", Region::EU_WEST_1);
/// let stack = app.stack("Api", Placement::Home);
/// let role = ExecutionRole::new(&stack, "OrdersRole", ExecutionRoleProps::builder().build());
/// let code = Code::cargo_binary("shop-functions", "bootstrap", Architecture::Arm64);
/// Function::new(&stack, "Orders", FunctionProps::builder().code(code).execution_role(role).build());
/// assert!(app.synth()?.template("Api").contains("OrdersRoleLogs"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ExecutionRole {
    pub(super) role: Role,
    pub(super) log_group: LogGroup,
}

impl ExecutionRole {
    /// Makes the role and the log group.
    pub fn new(scope: &Scope, id: &str, props: ExecutionRoleProps) -> Self {
        Self::make(scope.construct(id), props)
    }

    /// Makes both in a place that is the caller's own.
    pub(super) fn make(scope: Scope, props: ExecutionRoleProps) -> Self {
        let logs = LogGroupProps::builder()
            .retention_days(props.log_retention_days)
            .encryption_key(props.encryption_key)
            .build();
        let log_group = LogGroup::new(&scope, "Logs", logs);
        let permissions = props.permissions;
        log_group.as_ref().grant_write(&permissions);
        permissions.grant("Trace", vec![trace_statement()]);
        if props.in_vpc {
            permissions.grant("UseVpc", network_statements());
        }
        if let Some(queue) = props.dead_letters {
            queue.grant_send(&permissions);
        }
        let service = Principal::service("lambda.amazonaws.com");
        let role = Role::new(&scope, "Role", RoleProps::builder().assumed_by(service).permissions(permissions).build());
        if props.in_vpc {
            scope.suppress_at(
                "Role/Resource",
                "security::iam-wildcard-resource",
                "Lambda makes the function's network interfaces, which cannot be named before; the function itself is denied to",
            );
        }
        Self { role, log_group }
    }

    /// The ARN of the role.
    pub fn arn(&self) -> Value<Arn> {
        self.role.arn()
    }

    /// The role.
    pub fn role(&self) -> &Role {
        &self.role
    }

    /// The group of the logs.
    pub fn log_group(&self) -> &LogGroup {
        &self.log_group
    }
}

impl Grantee for ExecutionRole {
    fn grant(&self, name: &str, statements: Vec<Statement>) {
        self.role.grant(name, statements);
    }
}

/// What tracing takes. X-Ray knows no resources here.
fn trace_statement() -> Statement {
    Statement::allow(["xray:PutTelemetryRecords", "xray:PutTraceSegments"]).on_anything()
}

/// What Lambda needs to put a function into a network. The calls know no resources that could be named before they exist; so
/// that the function's own code cannot make them too, it is denied what Lambda is allowed.
///
/// See [VPC permissions](https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions).
fn network_statements() -> Vec<Statement> {
    let actions = [
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
    ];
    let own = text!["arn:", Value::partition(), ":lambda:", Value::region(), ":", Value::account_id(), ":function:*"];
    vec![
        Statement::allow(actions).on_anything(),
        Statement::deny(actions).on_anything().when("ArnLike", "lambda:SourceFunctionArn", own),
    ]
}
