################################################################################
#
# tacit
#
################################################################################
# SPDX-License-Identifier: GPL-2.0

TACIT_SITE = $(BR2_EXTERNAL_TACIT_PATH)/../..
TACIT_SITE_METHOD = local
TACIT_VERSION = $(shell sed -n 's/^tacit-version := //p' $(TACIT_SITE)/Kbuild)
TACIT_LICENSE = GPL-2.0
TACIT_LICENSE_FILES = COPYING
TACIT_DEPENDENCIES = host-bpftool host-pkgconf inih json-c keyutils libbpf libevent libnl openssl
# The module is built by the kernel-module infrastructure, from Kbuild.
TACIT_OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS = --exclude build --exclude tests/.cache

TACIT_MAKE_OPTS = \
	SETUP=no \
	CLANG=$(call qstrip,$(BR2_PACKAGE_TACIT_CLANG)) \
	BPF_CPPFLAGS=-I$(STAGING_DIR)/usr/include \
	MODULESDIR=/usr/lib/ossl-modules \
	UNITDIR=/usr/lib/systemd/system

define TACIT_BUILD_CMDS
	$(TARGET_MAKE_ENV) $(TARGET_CONFIGURE_OPTS) $(MAKE) -C $(@D) $(TACIT_MAKE_OPTS) \
		agent provider bpf
endef

define TACIT_INSTALL_TARGET_CMDS
	$(TARGET_MAKE_ENV) $(TARGET_CONFIGURE_OPTS) $(MAKE) -C $(@D) $(TACIT_MAKE_OPTS) \
		DESTDIR=$(TARGET_DIR) install
	rm -rf $(TARGET_DIR)/usr/src/tacit-$(TACIT_VERSION)
endef

ifeq ($(BR2_INIT_OPENRC),y)
define TACIT_INSTALL_OPENRC
	$(INSTALL) -D -m 0755 $(@D)/packaging/openrc/tacitd $(TARGET_DIR)/etc/init.d/tacitd
endef
TACIT_POST_INSTALL_TARGET_HOOKS += TACIT_INSTALL_OPENRC
endif

define TACIT_USERS
	tacit -1 tacit -1 * - - - tacit engine
endef

define TACIT_LINUX_CONFIG_FIXUPS
	$(foreach option,$(shell sed -n 's/^\(CONFIG_[A-Z0-9_]*\)=y/\1/p' $(TACIT_PKGDIR)/linux.fragment),
		$(call KCONFIG_ENABLE_OPT,$(option))
	)
endef

$(eval $(kernel-module))
$(eval $(generic-package))
