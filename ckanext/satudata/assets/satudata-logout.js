/* Whoever logs out leaves nothing of what was typed on a device that others use too. A session that merely ends keeps
 * it: the same person logs in again and goes on. */
this.ckan.module('satudata-logout', function () {
  'use strict';
  return {
    options: { user: '' },
    initialize: function () {
      var mine = 'satudata:' + this.options.user + ':';
      function forget(event) {
        var way = event.target.closest && event.target.closest('a[href*="/user/_logout"], form[action*="/user/_logout"]');
        if (!way) { return; }
        window.satudata = window.satudata || {};
        window.satudata.leaving = true;  // a form that is open keeps nothing more
        try {
          Object.keys(window.localStorage).forEach(function (key) {
            if (key.indexOf(mine) === 0) { window.localStorage.removeItem(key); }
          });
        } catch (error) { /* nothing was kept */ }
      }
      document.addEventListener('click', forget, true);
      document.addEventListener('submit', forget, true);
    }
  };
});
