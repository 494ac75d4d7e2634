# What depends on the prefix, which is not known before `cmake --install`.

if(CMAKE_INSTALL_PREFIX STREQUAL /usr)
	set(ETC /${SYSCONFDIR})
	set(zsh_folder vendor-completions) # Debian's
else()
	set(ETC ${CMAKE_INSTALL_PREFIX}/${SYSCONFDIR})
	set(zsh_folder site-functions)
endif()
if(IS_ABSOLUTE "${SYSCONFDIR}")
	set(ETC ${SYSCONFDIR})
endif()

function(unit file switch)
	set(UNIT ${file})
	set(SWITCH ${switch})
	set(installed ${CMAKE_INSTALL_PREFIX}/lib/systemd/system/${file})
	message(STATUS "Installing: $ENV{DESTDIR}${installed}")
	configure_file(${CMAKE_CURRENT_LIST_DIR}/vswd.service.in
		$ENV{DESTDIR}${installed} @ONLY NO_SOURCE_PERMISSIONS)
	list(APPEND CMAKE_INSTALL_MANIFEST_FILES ${installed})
	set(CMAKE_INSTALL_MANIFEST_FILES
		${CMAKE_INSTALL_MANIFEST_FILES} PARENT_SCOPE)
endfunction()

unit(vswd.service vsw0)
unit(vswd@.service %i)
file(INSTALL ${CMAKE_CURRENT_LIST_DIR}/default
	DESTINATION ${ETC}/default RENAME vswd)
file(INSTALL ${BUILT}/vswctl.zsh
	DESTINATION ${CMAKE_INSTALL_PREFIX}/${DATADIR}/zsh/${zsh_folder}
	RENAME _vswctl)
