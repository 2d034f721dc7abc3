//! The searchable record of who changed which flag.

use flagcdk_core::{Scope, Value, text};
use typed_builder::TypedBuilder;

use crate::ec2::{Port, SecurityGroup, SecurityGroupProps, VpcRef};
use crate::iam::{Grantee, RoleRef, Statement};
use crate::kms::KeyRef;
use crate::opensearch::{Domain, DomainProps, Nodes};

/// How an [`AuditDomain`] is made.
#[derive(Clone, Debug, TypedBuilder)]
pub struct AuditDomainProps {
    /// The network.
    #[builder(setter(into))]
    vpc: VpcRef,
    /// The key that encrypts what is stored, and the logs.
    #[builder(setter(into))]
    encryption_key: KeyRef,
    /// The role that writes the record. It is the master of the domain, since there is no other way to let a role in without
    /// a call to the domain itself.
    #[builder(setter(into))]
    writer: RoleRef,
    /// Roles that may speak to the domain once the writer has mapped them there; by default none.
    #[builder(default, setter(into))]
    readers: Vec<RoleRef>,
    /// The nodes; by default a single `t3.small.search`, for development.
    #[builder(default = Nodes::single("t3.small.search"))]
    nodes: Nodes,
    /// The size of each data node's volume in GiB; by default 10.
    #[builder(default = 10)]
    volume_gib: u16,
}

/// The searchable record of who changed which flag: an OpenSearch domain in private subnets, which one role writes to.
///
/// ```
/// # use flagcdk::kms::{Key, KeyProps};
/// use flagcdk::iam::RoleRef;
/// use flagcdk::opensearch::Nodes;
/// use flagcdk::patterns::{AuditDomain, AuditDomainProps, Network, NetworkProps};
/// use flagcdk::{App, Placement, Region};
///
/// let app = App::new("prod-flags", Region::EU_WEST_1);
/// let stack = app.stack("Regional", Placement::EveryRegion);
/// # let key = Key::new(&stack, "Key", KeyProps::builder().build());
/// let network = Network::new(&stack, "Network", NetworkProps::builder().encryption_key(&key).build());
/// let writer = RoleRef::from_name(&stack, "Writer", "audit-writer");
/// let props = AuditDomainProps::builder()
///     .vpc(&network)
///     .encryption_key(&key)
///     .writer(&writer)
///     .nodes(Nodes::three_zones("r6g.large.search", "m6g.large.search"))
///     .volume_gib(100)
///     .build();
/// let audit = AuditDomain::new(&stack, "Audit", props);
/// audit.allow_from(network.functions());
/// assert!(app.synth()?.template("Regional").contains("Policy-Min-TLS-1-2-PFS-2023-10"));
/// # Ok::<(), flagcdk::SynthError>(())
/// ```
#[derive(Clone, Debug)]
pub struct AuditDomain {
    group: SecurityGroup,
    domain: Domain,
}

impl AuditDomain {
    /// Makes the domain.
    pub fn new(scope: &Scope, id: &str, props: AuditDomainProps) -> Self {
        let scope = scope.construct(id);
        let group = SecurityGroupProps::builder().vpc(&props.vpc).description("The audit domain").build();
        let group = SecurityGroup::new(&scope, "SecurityGroup", group);
        let domain = DomainProps::builder()
            .vpc(props.vpc)
            .security_group(&group)
            .encryption_key(props.encryption_key)
            .master(&props.writer)
            .roles(props.readers)
            .nodes(props.nodes)
            .volume_gib(props.volume_gib);
        let domain = Domain::new(&scope, "Domain", domain.build());
        // Documents are created under an id of their own, and neither read nor replaced.
        let create = Statement::allow(["es:ESHttpPut"]).on(text![domain.arn(), "/*/_create/*"]);
        props.writer.grant("CreateDocuments", vec![create]);
        Self { group, domain }
    }

    /// Lets the members of a group speak to the domain.
    pub fn allow_from(&self, group: &SecurityGroup) {
        group.connect_to(&self.group, Port::https(), "The audit record is written and read");
    }

    /// Lets a role read the record and write to it, as far as the domain lets it: it is the writer of the props, who may create
    /// documents already and no more, or one of the readers.
    pub fn grant_write(&self, grantee: &impl Grantee) {
        self.domain.grant_read_write(grantee);
    }

    /// The host name inside of the network, without `https://`.
    pub fn endpoint(&self) -> Value<String> {
        self.domain.endpoint()
    }

    /// The domain, for its metrics.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }
}
